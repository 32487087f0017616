// Folders that are dropped on an uploader, file by file with their paths.

/** @import { UploadData } from './types' */

/**
 * What was dropped where a folder is asked for, if there are folders in it.
 * @param {DragEvent} event @param {Pick<UploadData, 'folder' | 'target'>} data
 */
export function foldersOf({ target, dataTransfer }, data) {
  const here = target instanceof Element && target.closest(`.st-key-${CSS.escape(data.target)}`)
  const entries = here && data.folder ? [...(dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry()) : []
  const found = entries.filter((entry) => entry !== null)
  return found.some(({ isDirectory }) => isDirectory) ? found : []
}

/**
 * Every file in folders, called by its path.
 * @param {FileSystemEntry[]} entries
 * @returns {Promise<File[]>}
 */
export async function filesIn(entries) {
  const found = []
  for (const entry of entries) {
    if (entry.isDirectory) found.push(...await filesIn(await entriesOf(/** @type {FileSystemDirectoryEntry} */ (entry))))
    else found.push(await fileOf(/** @type {FileSystemFileEntry} */ (entry)))
  }
  return found
}

/**
 * A reader gives a hundred at a time, and nothing once it has given all.
 * @param {FileSystemDirectoryEntry} folder
 */
async function entriesOf(folder) {
  const reader = folder.createReader()
  const found = []
  for (;;) {
    const more = await new Promise((/** @type {(entries: FileSystemEntry[]) => void} */ give, fail) => {
      reader.readEntries(give, fail)
    })
    if (!more.length) return found.sort((one, other) => (one.fullPath < other.fullPath ? -1 : 1))
    found.push(...more)
  }
}

/** @param {FileSystemFileEntry} entry */
async function fileOf(entry) {
  const file = await new Promise((/** @type {(file: File) => void} */ give, fail) => {
    entry.file(give, fail)
  })
  return new File([file], entry.fullPath.replace(/^\//, ''), { type: file.type })
}
