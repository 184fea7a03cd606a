-- Where in chat rooms were opened.
CREATE TABLE "RoomOrigin" (
    "roomId" TEXT NOT NULL PRIMARY KEY REFERENCES "Room"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "guildId" TEXT,
    "channelId" TEXT NOT NULL,
    "messageId" TEXT,
    "locale" TEXT
);
-- Of rooms inside Discord it is known.
INSERT INTO "RoomOrigin" ("roomId", "guildId", "channelId", "messageId", "locale")
  SELECT "roomId", "guildId", "channelId", "messageId", "locale" FROM "ActivityInstance"
  WHERE "id" = (SELECT MIN(b."id") FROM "ActivityInstance" b WHERE b."roomId" = "ActivityInstance"."roomId");
