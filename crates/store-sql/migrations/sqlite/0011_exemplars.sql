-- The condition as the statements write it: an index is used where its condition is among theirs.
DROP INDEX exemplars;
CREATE INDEX exemplars ON events (account_id, person_id, camera_id) WHERE is_exemplar;
