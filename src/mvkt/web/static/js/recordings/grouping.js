// Which files belong together: a WFDB header with its signals, every other file by itself.

const HEADER = ".hea";

/** @param {string} name */
function stem(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

/**
 * @param {File[]} files
 * @returns {File[][]}
 */
export function grouped(files) {
  const headers = new Set(files.filter((file) => file.name.toLowerCase().endsWith(HEADER)).map((file) => stem(file.name)));
  /** @type {Map<string, File[]>} */
  const groups = new Map();
  files.forEach((file, number) => {
    const name = stem(file.name);
    // Segments of a record are called like it, with an ending after an underscore.
    const record = headers.has(name) ? name : [...headers].find((header) => name.startsWith(`${header}_`));
    const key = record === undefined ? `file ${number}` : `record ${[...headers].find((h) => record.startsWith(`${h}_`)) ?? record}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  });
  return [...groups.values()];
}

/**
 * The name that a group is shown by.
 *
 * @param {File[]} files
 */
export function nameOf(files) {
  return (files.find((file) => file.name.toLowerCase().endsWith(HEADER)) ?? files[0])?.name ?? "";
}

/**
 * The files of a drop, also those inside of folders.
 *
 * @param {DataTransfer} transfer
 * @returns {Promise<File[]>}
 */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null);
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files];
  const found = await Promise.all(entries.map((entry) => inside(/** @type {FileSystemEntry} */ (entry))));
  return found.flat().filter((file) => !file.name.startsWith("."));
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<File[]>}
 */
async function inside(entry) {
  if (entry.isFile) {
    return [await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject))];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const files = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return files;
    for (const child of some) files.push(...(await inside(child)));
  }
}
