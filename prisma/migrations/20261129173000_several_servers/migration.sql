-- Which server writes a room: the number of times that one has taken it over.
ALTER TABLE "Room" ADD COLUMN "fence" INTEGER NOT NULL DEFAULT 0;
-- What a bucket knows this database by.
CREATE TABLE "Installation" (
    "row" INTEGER NOT NULL PRIMARY KEY DEFAULT 1,
    "id" TEXT NOT NULL,
--sqlite     "createdAt" DATETIME NOT NULL
--postgresql     "createdAt" TIMESTAMP(3) NOT NULL
);
