-- What operators have stopped, what people have reported, and who did what about it.
CREATE TABLE "Stop" (
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "stoppedAt" TIMESTAMP NOT NULL,
    PRIMARY KEY ("kind", "subject")
);

CREATE TABLE "Report" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "reporterId" TEXT REFERENCES "Person"("id") ON DELETE SET NULL ON UPDATE CASCADE,
    "reason" TEXT NOT NULL,
    "reportedAt" TIMESTAMP NOT NULL,
    "closedAt" TIMESTAMP
);
CREATE INDEX "Report_closedAt_reportedAt_idx" ON "Report"("closedAt", "reportedAt");
CREATE INDEX "Report_reporterId_idx" ON "Report"("reporterId");

CREATE TABLE "AuditEntry" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "at" TIMESTAMP NOT NULL,
    "actorId" TEXT REFERENCES "Person"("id") ON DELETE SET NULL ON UPDATE CASCADE,
    "action" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "detail" TEXT NOT NULL
);
CREATE INDEX "AuditEntry_at_idx" ON "AuditEntry"("at");
CREATE INDEX "AuditEntry_actorId_idx" ON "AuditEntry"("actorId");
