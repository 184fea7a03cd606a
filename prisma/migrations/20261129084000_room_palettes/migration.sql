-- The colours that the people of a room have put aside for each other.
ALTER TABLE "Room" ADD COLUMN "palette" JSONB NOT NULL DEFAULT '[]';
