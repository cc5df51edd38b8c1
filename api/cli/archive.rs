//! What a backup is: a tar file with `manifest.json` first, the database after it and then the files that hang on records
//! (sealed, as they stand in their folder), so that any machine can look into it. The master key is not in it: without that key the personal numbers in a lost backup stay unreadable.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::voice::Failure;
use crate::{
    attachments::is_store_key,
    keys::{Keys, Purpose},
};

/// The form of the archive; raised when an older program could not read it.
pub(super) const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
/// Before the names of attachments.
const FILES: &str = "attachments";

/// What is in a backup.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// Version of the program that made it.
    pub(super) version: String,
    pub(super) created_at: String,
    pub(super) engine: Engine,
    /// Steps of the schema that the database has had.
    pub(super) migrations: Vec<String>,
    /// Number of the last sealed entry of the audit trail.
    pub(super) audit_seq: i64,
    /// Tells whether a master key is the one of this installation, and nothing about it.
    pub(super) key_check: String,
    pub(super) file: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Engine {
    Sqlite,
    Postgresql,
}

impl Engine {
    pub(super) fn of(url: &str) -> Self {
        if crate::db::is_postgres(url) { Self::Postgresql } else { Self::Sqlite }
    }
}

/// A short keyed hash of a constant.
pub(super) fn key_check(keys: &Keys) -> String {
    hex(&keys.mac(Purpose::Confirmation, b"hoicoso backup key check")[..8])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Copies, and says how many bytes and their SHA-256.
pub(super) fn copy_and_hash(mut from: impl Read, mut to: impl Write) -> io::Result<(u64, String)> {
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok((bytes, hex(&hasher.finalize())));
        }
        hasher.update(&buffer[..count]);
        to.write_all(&buffer[..count])?;
        bytes += count as u64;
    }
}

/// Writes the archive, with the attachments in `files` if they stand in a folder; how many there were. It appears under
/// its name only when it is whole and on disk.
pub(super) fn write(to: &Path, manifest: &Manifest, database: &Path, files: Option<&Path>) -> io::Result<u64> {
    let part = with_suffix(to, "part");
    let file = private(&part)?;
    let mut archive = tar::Builder::new(file);
    let text = serde_json::to_vec_pretty(manifest)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    archive.append_data(&mut header, MANIFEST, text.as_slice())?;
    archive.append_path_with_name(database, &manifest.file)?;
    let mut count = 0;
    for (name, path) in files.map(attachments_in).transpose()?.into_iter().flatten() {
        match File::open(&path) {
            Ok(mut file) => archive.append_file(Path::new(FILES).join(name), &mut file)?,
            // Deleted since: the key in the database opens nothing any more, or the deletion is done again there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        }
        count += 1;
    }
    archive.into_inner()?.sync_all()?;
    std::fs::rename(&part, to)?;
    Ok(count)
}

/// Names and places of what stands in a folder of attachments: `1f/1f0c…`. A row is written after its file, so what is
/// listed after the database was copied has every file that the copy knows.
fn attachments_in(folder: &Path) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for below in std::fs::read_dir(folder)? {
        let below = below?.path();
        for file in if below.is_dir() { std::fs::read_dir(&below)? } else { continue } {
            let path = file?.path();
            if let Ok(name) = path.strip_prefix(folder)
                && name.to_str().is_some_and(is_store_key)
            {
                found.push((name.to_owned(), path.clone()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Puts the attachments of an archive into a folder; how many there were. What is there already under a name is the same.
pub(super) fn extract_files(from: &Path, folder: &Path) -> Result<u64, Failure> {
    let mut archive = tar::Archive::new(File::open(from)?);
    let mut count = 0;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let Some(name) =
            entry.path()?.strip_prefix(FILES).ok().filter(|name| name.to_str().is_some_and(is_store_key)).map(Path::to_owned)
        else {
            continue;
        };
        let target = folder.join(name);
        count += 1;
        if std::fs::metadata(&target).is_ok_and(|there| there.len() == entry.size()) {
            continue;
        }
        if let Some(below) = target.parent() {
            std::fs::create_dir_all(below)?;
        }
        let part = with_suffix(&target, "part");
        let mut file = private(&part)?;
        io::copy(&mut entry, &mut file)?;
        file.sync_all()?;
        std::fs::rename(&part, &target)?;
    }
    Ok(count)
}

/// Reads the manifest, copies the database to `to`, and checks its digest.
pub(super) fn extract(from: &Path, to: &Path) -> Result<Manifest, Failure> {
    let broken = |what: &str| {
        let from = from.display();
        Failure::new(format!("{from} không phải bản sao lưu nguyên vẹn: {what}"), format!("{from} is no whole backup: {what}"))
    };
    let mut archive = tar::Archive::new(File::open(from)?);
    let mut entries = archive.entries()?;
    let first = entries.next().ok_or_else(|| broken("manifest.json?"))?.map_err(|_| broken("tar?"))?;
    if first.path()?.as_ref() != Path::new(MANIFEST) {
        return Err(broken("manifest.json?"));
    }
    let manifest: Manifest = serde_json::from_reader(first).map_err(|error| broken(&error.to_string()))?;
    if manifest.format > FORMAT {
        return Err(broken("format"));
    }
    let second = entries.next().ok_or_else(|| broken(&manifest.file))?.map_err(|_| broken(&manifest.file))?;
    let mut target = private(to)?;
    let (bytes, sha256) = copy_and_hash(second, &mut target)?;
    target.sync_all()?;
    if bytes != manifest.bytes || sha256 != manifest.sha256 {
        return Err(broken("SHA-256"));
    }
    Ok(manifest)
}

/// `hoicoso.db` and `part`: `hoicoso.db.part`, in the same folder, so that renaming is one step.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// A new, empty file for its owner only: never one that somebody has put there, or a link to elsewhere. What an attempt
/// before has left is removed.
pub(super) fn private(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_and_a_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (database, archive, back) = (folder.path().join("a.db"), folder.path().join("a.tar"), folder.path().join("b.db"));
        std::fs::write(&database, vec![7; 5000]).unwrap();
        let (bytes, sha256) = copy_and_hash(File::open(&database).unwrap(), io::sink()).unwrap();
        let manifest = Manifest {
            format: FORMAT,
            version: "0".into(),
            created_at: "2026-11-05T00:00:00.000Z".into(),
            engine: Engine::Sqlite,
            migrations: vec!["1".into()],
            audit_seq: 3,
            key_check: String::new(),
            file: "database.sqlite".into(),
            bytes,
            sha256,
        };
        let (files, restored) = (folder.path().join("files"), folder.path().join("restored"));
        let name = format!("1f/1f{}", "0".repeat(30));
        std::fs::create_dir_all(files.join("1f")).unwrap();
        std::fs::write(files.join(&name), vec![9; 3000]).unwrap();
        std::fs::write(files.join("1f/half#1"), "x").unwrap();
        assert_eq!(write(&archive, &manifest, &database, Some(&files)).unwrap(), 1);
        assert_eq!(extract_files(&archive, &restored).unwrap(), 1);
        assert_eq!(std::fs::read(restored.join(&name)).unwrap(), vec![9; 3000]);
        assert_eq!(extract_files(&archive, &restored).unwrap(), 1, "once more");
        assert!(!is_store_key("../1f0") && !is_store_key("1f/../../etc/passwd"));
        assert_eq!(extract(&archive, &back).unwrap().audit_seq, 3);
        assert_eq!(std::fs::read(&back).unwrap(), std::fs::read(&database).unwrap());
        let mut broken = std::fs::read(&archive).unwrap();
        let place = broken.iter().rposition(|byte| *byte == 7).unwrap();
        broken[place] = 8;
        std::fs::write(&archive, broken).unwrap();
        assert!(extract(&archive, &back).unwrap_err().to_string().contains("SHA-256"));
        #[cfg(unix)]
        {
            // A link that somebody has put where the copy goes is not followed.
            let (victim, trap) = (folder.path().join("victim"), folder.path().join("trap"));
            std::fs::write(&victim, "precious").unwrap();
            std::os::unix::fs::symlink(&victim, &trap).unwrap();
            drop(private(&trap).unwrap());
            assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&trap).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(&archive, "no tar").unwrap();
        assert!(extract(&archive, &back).is_err());
    }
}
