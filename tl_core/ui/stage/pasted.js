// Files that are pasted on a page, for the uploader on it.

/** @import { UploadData } from './types' */

/** Where a paste is text that somebody writes. */
const WRITING = 'input:not([type=file]), textarea, select, [contenteditable]:not([contenteditable=false])'

/**
 * Whether a paste is meant for an uploader: nobody writes there, and no other uploader has taken it.
 * @param {Pick<ClipboardEvent, 'defaultPrevented' | 'composedPath'>} event
 * @param {Pick<UploadData, 'folder'>} data
 */
export function isForUploader(event, { folder }) {
  if (event.defaultPrevented || folder) return false
  return !event.composedPath().some((place) => place instanceof Element && place.matches(WRITING))
}

/**
 * Give files to an uploader as if they had been chosen with its button.
 * @param {HTMLInputElement} input @param {File[]} files
 */
export function hand(input, files) {
  const choice = new DataTransfer()
  for (const file of files) choice.items.add(file)
  Object.assign(input, { files: choice.files })
  input.dispatchEvent(new Event('change', { bubbles: true }))
}
