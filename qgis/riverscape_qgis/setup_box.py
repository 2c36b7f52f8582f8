# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of the options page that sets riverscape up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsApplication
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
)

from .background import Background
from .environment import Wish, create_environment
from .pythons import OLDEST
from .translation import tr

__all__ = ["SetupBox"]


class SetupBox(QGroupBox):
    """Creates the worker's environment and shows how far it is.

    It goes on where the options are closed meanwhile; QGIS's task manager shows it then.
    """

    made = pyqtSignal()
    """An environment was made."""

    _running: Background | None = None

    def __init__(self, parent: Any = None) -> None:
        super().__init__(tr("Set riverscape up"), parent)
        form = QFormLayout(self)
        self._add_fields(form)
        self.create_button = QPushButton(tr("Create environment"))
        self.create_button.clicked.connect(self.create)
        self.cancel_button = QPushButton(tr("Cancel"))
        self.cancel_button.clicked.connect(self.cancel)
        self.bar, self.doing, self.log = QProgressBar(), QLabel(), QPlainTextEdit()
        self.bar.setRange(0, 100)
        self.doing.setWordWrap(True)
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(2000)
        self.log.setMinimumHeight(90)
        self.log.hide()
        row = QHBoxLayout()
        for widget in (self.create_button, self.cancel_button, self.bar):
            row.addWidget(widget)
        form.addRow(row)
        form.addRow(self.doing)
        form.addRow(self.log)
        self._show_running()
        if SetupBox._running is not None:  # begun before the options were closed
            self._follow(SetupBox._running)

    def wish(self) -> Wish:
        """Return what the user asks for; a Python that is not named is still to be found."""
        python, wheels = (box.filePath().strip() for box in (self.python, self.wheels))
        train, gpu = self.purpose.currentData()
        return Wish(
            Path(python).expanduser() if python else None, train, gpu,
            Path(wheels).expanduser() if wheels else None, self.index.text().strip(),
        )  # fmt: skip

    def create(self) -> None:
        """Begin to create the environment."""
        self.log.clear()
        wish = self.wish()
        task = Background(
            tr("riverscape: create environment"),
            lambda feedback: create_environment(wish, feedback),
        )
        SetupBox._running = task
        self._follow(task)
        QgsApplication.taskManager().addTask(task)

    def cancel(self) -> None:
        """Stop; nothing is left of the environment."""
        if SetupBox._running is not None:
            self.doing.setText(tr("stopping ..."))
            SetupBox._running.cancel()

    def _add_fields(self, form: QFormLayout) -> None:
        self.python = QgsFileWidget()
        self.python.lineEdit().setPlaceholderText(
            tr("found by itself; Python {0} or newer").format(".".join(map(str, OLDEST)))
        )
        self.purpose = QComboBox()
        for text, purpose in (
            (tr("Classify, assess, measure areas (about 1 GB)"), (False, False)),
            (tr("And train models, on the processor (2 GB)"), (True, False)),
            (tr("And train models, on an NVIDIA graphics card (8 GB)"), (True, True)),
        ):
            self.purpose.addItem(text, purpose)
        self.wheels = QgsFileWidget()
        self.wheels.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.wheels.lineEdit().setPlaceholderText(
            tr("without a network: a folder with the wheels of riverscape and what it needs")
        )
        self.index = QLineEdit()
        self.index.setPlaceholderText(tr("usually empty"))
        self.index.setToolTip(
            tr(
                "The address of another place with packages: your institute's, or PyTorch's for "
                "one kind of processor or graphics card, which pytorch.org names."
            )
        )
        form.addRow(tr("Python"), self.python)
        form.addRow(tr("What for"), self.purpose)
        form.addRow(tr("Install from folder"), self.wheels)
        form.addRow(tr("Another package index"), self.index)

    def _follow(self, task: Background) -> None:
        self.log.show()
        task.told.connect(self.log.appendPlainText)
        task.doing.connect(self.doing.setText)
        task.progressChanged.connect(self._move)
        task.taskCompleted.connect(self._done)
        task.taskTerminated.connect(self._failed)
        self._show_running()

    def _move(self, percent: float) -> None:
        self.bar.setValue(round(percent))

    def _done(self) -> None:
        task, SetupBox._running = SetupBox._running, None
        self._show_running()
        if task is not None:
            self.doing.setText(tr("riverscape is set up in {0}").format(task.result))
            self.made.emit()

    def _failed(self) -> None:
        task, SetupBox._running = SetupBox._running, None
        self._show_running()
        error = "" if task is None else task.error
        self.doing.setText(error or tr("cancelled: nothing is left of it"))

    def _show_running(self) -> None:
        is_running = SetupBox._running is not None
        self.create_button.setEnabled(not is_running)
        for widget in (self.cancel_button, self.bar):
            widget.setVisible(is_running)
