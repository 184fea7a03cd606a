-- What the owners of a room decide: who may draw, who may not come back, and whether it changes at all.
ALTER TABLE "Room" ADD COLUMN "isLocked" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "Member" ADD COLUMN "isRoleSet" BOOLEAN NOT NULL DEFAULT false;
CREATE TABLE "RemovedMember" (
    "roomId" TEXT NOT NULL REFERENCES "Room"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "personId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
--sqlite     "removedAt" DATETIME NOT NULL,
--postgresql     "removedAt" TIMESTAMP(3) NOT NULL,
    PRIMARY KEY ("roomId", "personId")
);
CREATE INDEX "RemovedMember_personId_idx" ON "RemovedMember"("personId");
