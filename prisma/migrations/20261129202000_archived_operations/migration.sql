-- What the log of a room no longer holds, for a replay of it.
CREATE TABLE "ArchivedOperations" (
    "roomId" TEXT NOT NULL REFERENCES "Room"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "after" INTEGER NOT NULL,
    "upTo" INTEGER NOT NULL,
--sqlite     "startedAt" DATETIME NOT NULL,
--postgresql     "startedAt" TIMESTAMP(3) NOT NULL,
--sqlite     "endedAt" DATETIME NOT NULL,
--postgresql     "endedAt" TIMESTAMP(3) NOT NULL,
--sqlite     "operations" BLOB NOT NULL,
--postgresql     "operations" BYTEA NOT NULL,
--sqlite     "scene" BLOB,
--postgresql     "scene" BYTEA,
    "bytes" INTEGER NOT NULL,
    "people" TEXT NOT NULL,
    PRIMARY KEY ("roomId", "after")
);
