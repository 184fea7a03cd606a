-- Who was erased by the operator: by the id they had, which says nothing any more.
CREATE TABLE "Erasure" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "personId" TEXT NOT NULL,
    "requestedAt" TIMESTAMP NOT NULL,
    "finishedAt" TIMESTAMP,
    "leftover" JSONB NOT NULL,
    "counts" JSONB NOT NULL
);
CREATE INDEX "Erasure_requestedAt_idx" ON "Erasure"("requestedAt");
