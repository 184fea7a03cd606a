-- How much everybody has stored, who may see which file, and when things were last used.
CREATE TABLE "StoredFile" (
    "hash" TEXT NOT NULL,
    "ownerId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "bytes" INTEGER NOT NULL,
    "storedAt" TIMESTAMP NOT NULL,
    PRIMARY KEY ("hash", "ownerId")
);
CREATE INDEX "StoredFile_ownerId_idx" ON "StoredFile"("ownerId");

CREATE TABLE "RoomFile" (
    "roomId" TEXT NOT NULL REFERENCES "Room"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "hash" TEXT NOT NULL,
    PRIMARY KEY ("roomId", "hash")
);
CREATE INDEX "RoomFile_hash_idx" ON "RoomFile"("hash");

-- What stands in rooms already. A snapshot's scene is JSON, or a text that holds it.
--sqlite INSERT OR IGNORE INTO "RoomFile" ("roomId", "hash") SELECT "roomId", json_extract("operation", '$.element.file') FROM "Operation" WHERE json_extract("operation", '$.element.kind') = 'image';
--sqlite INSERT OR IGNORE INTO "RoomFile" ("roomId", "hash") SELECT s."roomId", json_extract(e."value", '$.file') FROM "Snapshot" s, json_each(CASE json_type(s."scene") WHEN 'text' THEN json_extract(s."scene", '$') ELSE s."scene" END, '$.elements') e WHERE json_extract(e."value", '$.kind') = 'image';
--postgresql INSERT INTO "RoomFile" ("roomId", "hash") SELECT DISTINCT "roomId", "operation"->'element'->>'file' FROM "Operation" WHERE "operation"->'element'->>'kind' = 'image' ON CONFLICT DO NOTHING;
--postgresql INSERT INTO "RoomFile" ("roomId", "hash") SELECT DISTINCT s."roomId", e->>'file' FROM "Snapshot" s, jsonb_array_elements((CASE jsonb_typeof(s."scene") WHEN 'string' THEN (s."scene" #>> '{}')::jsonb ELSE s."scene" END)->'elements') e WHERE e->>'kind' = 'image' ON CONFLICT DO NOTHING;

-- Until now a picture's id was its link: links that are out there stay good.
ALTER TABLE "Picture" ADD COLUMN "link" TEXT;
CREATE UNIQUE INDEX "Picture_link_key" ON "Picture"("link");
UPDATE "Picture" SET "link" = "id" WHERE "state" = 'finished';

ALTER TABLE "Picture" ADD COLUMN "usedAt" TIMESTAMP;
ALTER TABLE "Room" ADD COLUMN "usedAt" TIMESTAMP;
ALTER TABLE "Person" ADD COLUMN "seenAt" TIMESTAMP;
ALTER TABLE "StylePicture" ADD COLUMN "bytes" INTEGER NOT NULL DEFAULT 0;
