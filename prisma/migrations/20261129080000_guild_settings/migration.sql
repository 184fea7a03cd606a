-- What a Discord server has set for itself, links to exports, and which server a report or an entry of the audit is of.
CREATE TABLE "GuildSettings" (
    "guildId" TEXT NOT NULL PRIMARY KEY,
    "content" JSONB NOT NULL,
    "changedAt" TIMESTAMP NOT NULL
);

CREATE TABLE "ExportLink" (
    "secretHash" TEXT NOT NULL PRIMARY KEY,
    "personId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "createdAt" TIMESTAMP NOT NULL
);
CREATE INDEX "ExportLink_personId_idx" ON "ExportLink"("personId");

ALTER TABLE "Person" ADD COLUMN "defaultSize" TEXT;
ALTER TABLE "AuditEntry" ADD COLUMN "guildId" TEXT;
CREATE INDEX "AuditEntry_guildId_at_idx" ON "AuditEntry"("guildId", "at");
ALTER TABLE "Report" ADD COLUMN "guildId" TEXT;
ALTER TABLE "Report" ADD COLUMN "messageUrl" TEXT;
CREATE INDEX "Report_guildId_closedAt_idx" ON "Report"("guildId", "closedAt");
CREATE INDEX "ChatReply_guildId_createdAt_idx" ON "ChatReply"("guildId", "createdAt");
