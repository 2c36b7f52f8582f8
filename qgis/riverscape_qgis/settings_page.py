# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of riverscape in QGIS's options: which worker, setting one up, how it is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from qgis.core import QgsApplication, QgsSettings
from qgis.gui import QgsFileWidget, QgsOptionsPageWidget
from qgis.PyQt.QtGui import QFontDatabase, QTextCursor
from qgis.PyQt.QtWidgets import (
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
)

from .background import Background
from .clean_environment import clean_environment
from .environment import made_environment
from .setup_box import SetupBox
from .translation import tr
from .versions import plugin_version
from .worker import SETTING, VARIABLE, Worker, WorkerError, program_at

__all__ = ["SettingsPage"]


class SettingsPage(QgsOptionsPageWidget):
    """Choose a riverscape, or let one be set up; see whether it works."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setObjectName("riverscapeOptions")
        layout = QVBoxLayout(self)
        layout.addWidget(self._explanation())
        layout.addWidget(self._choice())
        self.setup_box = SetupBox(self)
        self.setup_box.made.connect(self._use_made)
        layout.addWidget(self.setup_box)
        layout.addWidget(self._health(), 1)
        self._checking: Background | None = None
        self._show_setting()

    def apply(self) -> None:
        """Keep what was chosen; QGIS calls this on OK."""
        QgsSettings().setValue(SETTING, self.chosen())

    def chosen(self) -> str:
        """Return the path of the riverscape chosen; "" is the environment made here."""
        return self.path.filePath().strip() if self.other.isChecked() else ""

    def check(self) -> None:
        """Ask the riverscape chosen how it is, and show its answer."""
        chosen = self.chosen()
        if self.other.isChecked() and not chosen:
            self.report.setPlainText(tr("Choose a riverscape first, or let one be found."))
            return
        self.check_button.setEnabled(False)
        self.report.setPlainText(tr("asking riverscape ..."))
        self._checking = Background(tr("riverscape: check"), lambda _: _how_it_is(chosen))
        self._checking.taskCompleted.connect(self._checked)
        self._checking.taskTerminated.connect(self._checked)
        QgsApplication.taskManager().addTask(self._checking)

    def find(self) -> None:
        """Look for a riverscape where programs usually are."""
        found = shutil.which("riverscape", path=clean_environment().get("PATH"))
        if found:
            self.other.setChecked(True)
            self.path.setFilePath(found)
        else:
            self.report.setPlainText(
                tr("No riverscape was found among this machine's programs: create an environment.")
            )

    def _explanation(self) -> QLabel:
        text = tr(
            "The plugin asks the program riverscape to do the work. It lives in an environment of "
            "its own: QGIS's Python stays as it is."
        )
        named = os.environ.get(VARIABLE)
        if named:
            override = tr("The variable {0} names another one for now: {1}")
            text += "\n" + override.format(VARIABLE, named)
        label = QLabel(text)
        label.setWordWrap(True)
        return label

    def _choice(self) -> QGroupBox:
        box = QGroupBox(tr("Which riverscape"))
        self.made_here = QRadioButton()
        self.other = QRadioButton(tr("One that is installed already:"))
        self.path = QgsFileWidget()
        self.path.setStorageMode(QgsFileWidget.StorageMode.GetFile)
        self.path.setDialogTitle(tr("The program riverscape, or a Python that has it"))
        self.path.lineEdit().setPlaceholderText(tr("the program riverscape, or a Python with it"))
        self.path.fileChanged.connect(lambda path: path and self.other.setChecked(True))
        find = QPushButton(tr("Find"))
        find.clicked.connect(self.find)
        row = QHBoxLayout()
        for widget in (self.other, self.path, find):
            row.addWidget(widget, 1 if widget is self.path else 0)
        layout = QVBoxLayout(box)
        layout.addWidget(self.made_here)
        layout.addLayout(row)
        return box

    def _health(self) -> QGroupBox:
        box = QGroupBox(tr("Does it work?"))
        self.check_button = QPushButton(tr("Check"))
        self.check_button.clicked.connect(self.check)
        self.report = QPlainTextEdit()
        self.report.setReadOnly(True)
        # Names and what is found of them stand in two columns.
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.report.setMinimumHeight(90)
        self.report.setPlaceholderText(
            tr("Versions, packages, memory and graphics card, after “Check”.")
        )
        row = QHBoxLayout()
        self.verdict = QLabel(tr("Plugin {0}").format(plugin_version()))
        self.verdict.setWordWrap(True)
        row.addWidget(self.verdict, 1)
        row.addWidget(self.check_button)
        layout = QVBoxLayout(box)
        layout.addLayout(row)
        layout.addWidget(self.report)
        return box

    def _show_setting(self) -> None:
        made = made_environment()
        has_one = made.is_dir()
        text = tr("The environment made here") if has_one else tr("An environment made here")
        self.made_here.setText(text if has_one else f"{text} ({tr('none yet')})")
        self.made_here.setToolTip(str(made) if has_one else "")
        named = str(QgsSettings().value(SETTING, "") or "")
        self.path.setFilePath(named)
        (self.other if named else self.made_here).setChecked(True)

    def _use_made(self) -> None:
        QgsSettings().setValue(SETTING, "")
        self._show_setting()
        self.path.setFilePath("")
        self.made_here.setChecked(True)
        self.check()

    def _checked(self) -> None:
        self.check_button.setEnabled(True)
        if self._checking is None:
            return
        self.report.setPlainText(self._checking.result or self._checking.error)
        # How it ends says whether all is well.
        self.report.moveCursor(QTextCursor.MoveOperation.End)
        self.report.moveCursor(QTextCursor.MoveOperation.StartOfLine)
        said = tr("it works") if self._checking.result else tr("it does not work yet")
        self.verdict.setText(tr("Plugin {0}: {1}").format(plugin_version(), said))


def _how_it_is(chosen: str) -> str:
    """Return what a riverscape that works says of itself; "" is the environment made here.

    Raises
    ------
    WorkerError
        If there is none or it does not work, with all that it says of itself.
    """
    program = program_at(Path(chosen).expanduser() if chosen else made_environment())
    if program is None:
        if chosen:
            raise WorkerError(tr("There is no riverscape at {0}.").format(chosen))
        raise WorkerError(tr("No environment has been made yet: press “Create environment”."))
    worker = Worker(program)
    worker.check()
    report = worker.ask(["doctor"], succeed=False)
    if report.splitlines()[-1:] != ["all is well"]:
        raise WorkerError(report)
    return report
