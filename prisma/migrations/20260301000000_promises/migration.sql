-- Messages that were promised in chat and whose ask is not written yet, and commands kept for their Retry.
CREATE TABLE "ChatPromise" (
    "interactionId" TEXT NOT NULL PRIMARY KEY,
    "applicationId" TEXT NOT NULL,
    "interactionToken" TEXT,
    "channelId" TEXT NOT NULL,
    "guildId" TEXT,
    "said" JSONB NOT NULL,
    "createdAt" TIMESTAMP NOT NULL
);
CREATE INDEX "ChatPromise_createdAt_idx" ON "ChatPromise"("createdAt");
