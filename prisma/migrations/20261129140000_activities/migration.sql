-- Rooms that are open inside Discord.
CREATE TABLE "ActivityInstance" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "roomId" TEXT NOT NULL REFERENCES "Room"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "guildId" TEXT,
    "channelId" TEXT NOT NULL,
    "messageId" TEXT,
    "locale" TEXT,
--sqlite     "startedAt" DATETIME NOT NULL,
--sqlite     "endedAt" DATETIME
--postgresql     "startedAt" TIMESTAMP(3) NOT NULL,
--postgresql     "endedAt" TIMESTAMP(3)
);
CREATE INDEX "ActivityInstance_endedAt_idx" ON "ActivityInstance"("endedAt");
CREATE INDEX "ActivityInstance_roomId_idx" ON "ActivityInstance"("roomId");
