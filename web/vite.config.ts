import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compressPages } from './compress.ts'
import { hashedScript } from './hashedScript.ts'
import { languageFiles } from './languageFiles.ts'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), hashedScript('beforePaint'), languageFiles(), compressPages()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    // Every asset is a file of its own: the content security policy knows no data: scripts and no inline styles are needed.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What a room needs at once; sheets and exports are loaded when they are used.
    chunkSizeWarningLimit: 800,
    // Compressing takes seconds on a small machine, which is no news to whoever starts the program.
    rolldownOptions: {
      checks: { bundlerTimings: false },
      // Each file of the first load costs a newcomer another request: all of it is one.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
    },
  },
  server: {
    proxy: {
      '/socket.io': { target: 'http://localhost:3000', ws: true },
      '/rooms': 'http://localhost:3000',
      '/upload': 'http://localhost:3000',
      '/files': 'http://localhost:3000',
      '/guest': 'http://localhost:3000',
      '/api': 'http://localhost:3000',
      '/auth': 'http://localhost:3000',
    },
  },
})
