const PICTURES = /^image\/(png|jpeg|webp|avif|gif)$/;
const ENDS = /\.(png|jpe?g|webp|avif|gif)$/i; // some systems do not tell the type

// What becomes a deck each: pictures together, every other file by itself.
export function parcels(files) {
  const pictures = files.filter((file) => PICTURES.test(file.type) || (!file.type && ENDS.test(file.name)));
  return files
    .filter((file) => !pictures.includes(file) || file === pictures[0])
    .map((file) => (file === pictures[0] ? parcel(pictures) : parcel([file])));
}

// The server calls several pictures the same.
export function parcel(files) {
  const name = files.length === 1 ? files[0].name : `${files.length} pictures.zip`;
  return { files, name, size: files.reduce((sum, { size }) => sum + size, 0) };
}
