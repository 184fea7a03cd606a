/** WebGPU without a graphics card: SwiftShader computes Vulkan in software. Debian's chromium package brings it. */
import { existsSync } from 'node:fs'

/** What `VK_ICD_FILENAMES` is to be for it. */
export const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json'
export const hasSwiftShader = () => existsSync(swiftShader)
export const swiftShaderCure = `WebGPU is tested over a software Vulkan driver, ${swiftShader}. Debian brings it: \`apt-get install chromium libvulkan1\`.`
