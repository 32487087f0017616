// Streamlit's own words in an uploader, said in the page's language.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { said } from '../../tl_core/ui/stage/translated.js'

const words = {
  choose: '고르기', chooseFolder: '폴더 고르기', drop: '파일을 놓으세요', dropMany: '파일들을 놓으세요',
  dropFolder: '폴더를 놓으세요', limit: '파일당 {size}', remove: '{name} 빼기',
}

describe('a word of the uploader', () => {
  test('is said in the page\'s language', () => {
    assert.equal(said('Upload', words), '고르기')
    assert.equal(said('Upload directories', words), '폴더 고르기')
    assert.equal(said('Drag and drop files here', words), '파일들을 놓으세요')
    assert.equal(said('200MB per file', words), '파일당 200MB')
    assert.equal(said('Remove a.jpg', words), 'a.jpg 빼기')
  })

  test('is left alone where it is not one, and once it is said', () => {
    for (const text of ['Uploads', 'cat.jpg', '', ...Object.values(words)]) assert.equal(said(text, words), text)
  })
})
