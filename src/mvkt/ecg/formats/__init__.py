"""Every file format that is read: a path or bytes become a :class:`~mvkt.ecg.record.Record` in mV.

A format is recognised by what is in the file, never by how its name ends. To add one, write a module with a
:class:`~mvkt.ecg.formats.reader.Reader` and name it in :data:`~mvkt.ecg.formats.registry.READERS`.
"""

from mvkt.ecg.formats.reader import Format, Reader
from mvkt.ecg.formats.registry import ARCHIVES, READERS, read, read_all
from mvkt.ecg.formats.writers.registry import WRITERS, write

__all__ = ["ARCHIVES", "READERS", "WRITERS", "Format", "Reader", "read", "read_all", "write"]
