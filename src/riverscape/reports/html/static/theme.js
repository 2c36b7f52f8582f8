/* Light, dark, or as the system has it. */

const themeChoice = byId("theme");

function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // pages from disk may have no storage
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // then only until the page is closed
  }
}

themeChoice.value = kept("riverscape-theme") ?? "";
applyTheme(themeChoice.value);
themeChoice.addEventListener("change", () => {
  applyTheme(themeChoice.value);
  keep("riverscape-theme", themeChoice.value);
});
