-- Written in what SQLite and PostgreSQL share. PostgreSQL wants its enums declared; SQLite takes any name for a type.
--postgresql CREATE TYPE "Origin" AS ENUM ('chat', 'canvas', 'commandLine');
--postgresql CREATE TYPE "PictureState" AS ENUM ('asked', 'running', 'finished', 'failed', 'cancelled');
--postgresql CREATE TYPE "Role" AS ENUM ('owner', 'editor', 'viewer');

CREATE TABLE "Person" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "color" TEXT NOT NULL,
    "discordId" TEXT,
    "secretHash" TEXT,
    "createdAt" TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX "Person_discordId_key" ON "Person"("discordId");
CREATE UNIQUE INDEX "Person_secretHash_key" ON "Person"("secretHash");

CREATE TABLE "Program" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "startedAt" TIMESTAMP NOT NULL,
    "seenAt" TIMESTAMP NOT NULL
);

CREATE TABLE "Ask" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "origin" "Origin" NOT NULL,
    "askedAt" TIMESTAMP NOT NULL,
    "ownerId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "frameId" TEXT
);
CREATE INDEX "Ask_ownerId_askedAt_idx" ON "Ask"("ownerId", "askedAt");

CREATE TABLE "Picture" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "askId" TEXT NOT NULL REFERENCES "Ask"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "index" INTEGER NOT NULL,
    "state" "PictureState" NOT NULL,
    "recipe" JSONB NOT NULL,
    "image" TEXT,
    "file" TEXT,
    "made" JSONB,
    "failure" JSONB,
    "programId" TEXT REFERENCES "Program"("id") ON DELETE SET NULL ON UPDATE CASCADE,
    "interrupts" INTEGER NOT NULL DEFAULT 0,
    "startedAt" TIMESTAMP,
    "finishedAt" TIMESTAMP
);
CREATE UNIQUE INDEX "Picture_askId_index_key" ON "Picture"("askId", "index");
CREATE INDEX "Picture_state_idx" ON "Picture"("state");
CREATE INDEX "Picture_file_idx" ON "Picture"("file");
CREATE INDEX "Picture_image_idx" ON "Picture"("image");

CREATE TABLE "Room" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "editSecret" TEXT NOT NULL,
    "viewSecret" TEXT NOT NULL,
    "createdAt" TIMESTAMP NOT NULL,
    "openingId" TEXT REFERENCES "Picture"("id") ON DELETE SET NULL ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "Room_editSecret_key" ON "Room"("editSecret");
CREATE UNIQUE INDEX "Room_viewSecret_key" ON "Room"("viewSecret");

-- An ask names pictures and rooms, which name asks: these two columns come once all three tables are there.
ALTER TABLE "Ask" ADD COLUMN "parentId" TEXT REFERENCES "Picture"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "Ask" ADD COLUMN "roomId" TEXT REFERENCES "Room"("id") ON DELETE SET NULL ON UPDATE CASCADE;
CREATE INDEX "Ask_roomId_frameId_askedAt_idx" ON "Ask"("roomId", "frameId", "askedAt");

CREATE TABLE "ChatReply" (
    "askId" TEXT NOT NULL PRIMARY KEY REFERENCES "Ask"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "applicationId" TEXT NOT NULL,
    "interactionId" TEXT NOT NULL,
    "interactionToken" TEXT,
    "channelId" TEXT NOT NULL,
    "guildId" TEXT,
    "messageId" TEXT,
    "createdAt" TIMESTAMP NOT NULL,
    "deliveredAt" TIMESTAMP
);
CREATE INDEX "ChatReply_deliveredAt_createdAt_idx" ON "ChatReply"("deliveredAt", "createdAt");

CREATE TABLE "Member" (
    "roomId" TEXT NOT NULL REFERENCES "Room"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "personId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "role" "Role" NOT NULL,
    "joinedAt" TIMESTAMP NOT NULL,
    PRIMARY KEY ("roomId", "personId")
);
CREATE INDEX "Member_personId_idx" ON "Member"("personId");

CREATE TABLE "Operation" (
    "roomId" TEXT NOT NULL REFERENCES "Room"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "clock" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "authorId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "operation" JSONB,
    "storedAt" TIMESTAMP NOT NULL,
    PRIMARY KEY ("roomId", "clock")
);
CREATE UNIQUE INDEX "Operation_roomId_key_key" ON "Operation"("roomId", "key");
CREATE INDEX "Operation_authorId_idx" ON "Operation"("authorId");

CREATE TABLE "Snapshot" (
    "roomId" TEXT NOT NULL REFERENCES "Room"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "clock" INTEGER NOT NULL,
    "scene" JSONB NOT NULL,
    "takenAt" TIMESTAMP NOT NULL,
    PRIMARY KEY ("roomId", "clock")
);
