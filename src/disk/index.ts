export { codeOf, type Disk, type DiskFile, type Entry } from './disk.ts';
export { systemDisk } from './system-disk.ts';
export {
  fileDigest,
  makeFolders,
  readWhole,
  removeUnfinished,
  replaceWhole,
  unusable,
} from './whole.ts';
