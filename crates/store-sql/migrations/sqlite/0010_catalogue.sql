-- The blob of a small picture of the face, where one was made. It goes with the face.
ALTER TABLE faces ADD COLUMN thumbnail_key TEXT;

CREATE INDEX faces_of_thumbnail ON faces (thumbnail_key) WHERE thumbnail_key IS NOT NULL;

CREATE INDEX media_of_account ON media (account_id, created_at, id);
