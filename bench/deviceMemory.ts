/** Memory of graphics cards, as the system tells it: NVIDIA's by `nvidia-smi`, AMD's by Linux. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const everyMs = 250

/** `stop` tells the most memory in use since, beyond what was in use before, in MB; null where nothing tells. */
export async function watchDeviceMemory(): Promise<{ stop(): Promise<number | null> }> {
  const before = await usedMb()
  let most = before
  let isStopped = false
  const look = async () => {
    while (!isStopped) {
      const now = await usedMb()
      if (now !== null && most !== null) most = Math.max(most, now)
      await sleep(everyMs)
    }
  }
  const looking = before === null ? null : look()
  return {
    async stop() {
      isStopped = true
      await looking
      return before === null || most === null ? null : Math.round(most - before)
    },
  }
}

/** "NVIDIA H200, 143771 MiB, driver 570.1"; empty without `nvidia-smi`. */
export async function describeCards(): Promise<string[]> {
  const text = await nvidia('name,memory.total,driver_version', 'csv,noheader')
  return text === null ? [] : text.trim().split('\n')
}

/** Of all cards together. */
async function usedMb(): Promise<number | null> {
  const text = await nvidia('memory.used', 'csv,noheader,nounits')
  if (text !== null) return sum(text.trim().split('\n').map(Number))
  const files = amdFiles()
  return files.length === 0 ? null : sum(files.map(file => Number(readFileSync(file, 'utf8')) / 2 ** 20))
}

function amdFiles(): string[] {
  const cards = '/sys/class/drm'
  if (!existsSync(cards)) return []
  return readdirSync(cards)
    .map(card => join(cards, card, 'device/mem_info_vram_used'))
    .filter(file => existsSync(file))
}

async function nvidia(query: string, format: string): Promise<string | null> {
  const answer = await promisify(execFile)('nvidia-smi', [`--query-gpu=${query}`, `--format=${format}`]).catch(
    () => null,
  )
  return answer?.stdout ?? null
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
