// A photo from the device's own camera app: a page may ask for one over http too, and needs no permission.

import { element } from './shared.js'

export class Handheld {
  /**
   * @param {(photo: ImageBitmap) => void} onPhoto
   * @param {() => void} onUnread Is called when the file is no picture that this browser reads.
   */
  constructor(onPhoto, onUnread) {
    // Phones open the rear camera; a computer lets people choose a file.
    this.input = element('input', { type: 'file', accept: 'image/*', capture: 'environment', hidden: '' })
    this.button = element('button', { type: 'button', class: 'handheld main' })
    this.button.onclick = () => this.input.click()
    this.input.onchange = async () => {
      const file = this.input.files?.[0]
      if (!file) return
      /** @type {ImageBitmap | null} */
      const photo = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => null)
      this.input.value = '' // or the same photo could not be chosen again
      if (photo) onPhoto(photo)
      else onUnread()
    }
  }
}
