-- A gallery that was created by itself lasts without faces; others go with their last face.
ALTER TABLE galleries ADD COLUMN is_lasting INTEGER NOT NULL DEFAULT 0;

-- Where the photo was fetched from, and the MD5 digest of its file; unknown for faces of earlier versions.
ALTER TABLE faces ADD COLUMN photo_url TEXT;
ALTER TABLE faces ADD COLUMN photo_md5 BLOB;

-- Every index ends with the row's key, the face id, which is the order of the lists.
CREATE INDEX faces_of_account ON faces (account_id);
CREATE INDEX faces_of_subject ON faces (account_id, subject);
CREATE INDEX faces_of_gallery ON face_galleries (gallery_id, face_id);
