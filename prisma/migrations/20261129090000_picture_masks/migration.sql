-- Masks that recipes name, to be found without reading every recipe.
CREATE TABLE "PictureMask" (
    "pictureId" TEXT NOT NULL REFERENCES "Picture"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "hash" TEXT NOT NULL,
    PRIMARY KEY ("pictureId", "hash")
);
CREATE INDEX "PictureMask_hash_idx" ON "PictureMask"("hash");

--sqlite INSERT OR IGNORE INTO "PictureMask" ("pictureId", "hash") SELECT p."id", t."value" FROM "Picture" p, json_tree(p."recipe") t WHERE p."recipe" LIKE '%"mask%' AND t."key" IN ('mask', 'maskImage') AND t."type" = 'text';
--postgresql INSERT INTO "PictureMask" ("pictureId", "hash") SELECT p."id", m #>> '{}' FROM "Picture" p, jsonb_path_query(p."recipe", '$.**.mask') m WHERE jsonb_typeof(m) = 'string' UNION SELECT p."id", m #>> '{}' FROM "Picture" p, jsonb_path_query(p."recipe", '$.**.maskImage') m WHERE jsonb_typeof(m) = 'string';
