"""Which programs have a file open, where the system tells it: the Restart Manager of Windows. Elsewhere nobody."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _KEY_LENGTH = 32
    _MOST_PROGRAMS = 16

    class _Process(ctypes.Structure):
        _fields_ = (("process_id", wintypes.DWORD), ("started", wintypes.FILETIME))

    class _Program(ctypes.Structure):
        _fields_ = (
            ("process", _Process),
            ("name", wintypes.WCHAR * 256),
            ("service", wintypes.WCHAR * 64),
            ("kind", ctypes.c_int),
            ("status", wintypes.ULONG),
            ("session", wintypes.DWORD),
            ("can_restart", wintypes.BOOL),
        )

    def programs_with(path: Path) -> list[str]:
        """Return the names of the programs that have a file open; none where Windows does not say."""
        try:
            manager = ctypes.WinDLL("rstrtmgr")
        except OSError:
            return []
        session = wintypes.DWORD()
        if manager.RmStartSession(ctypes.byref(session), 0, ctypes.create_unicode_buffer(_KEY_LENGTH + 1)):
            return []
        try:
            files = (wintypes.LPCWSTR * 1)(str(path))
            if manager.RmRegisterResources(session, 1, files, 0, None, 0, None):
                return []
            needed, given, reasons = wintypes.UINT(), wintypes.UINT(_MOST_PROGRAMS), wintypes.DWORD()
            programs = (_Program * _MOST_PROGRAMS)()
            if manager.RmGetList(session, ctypes.byref(needed), ctypes.byref(given), programs, ctypes.byref(reasons)):
                return []
            return sorted({programs[place].name for place in range(given.value) if programs[place].name})
        finally:
            manager.RmEndSession(session)
else:  # a branch: a type checker leaves it out for the other system

    def programs_with(path: Path) -> list[str]:
        """Return nothing: only Windows refuses what is open, and only it is asked."""
        return []
