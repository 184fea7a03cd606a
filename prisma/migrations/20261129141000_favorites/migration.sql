-- Pictures that people have marked as favourites.
CREATE TABLE "Favorite" (
    "personId" TEXT NOT NULL REFERENCES "Person"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    "pictureId" TEXT NOT NULL REFERENCES "Picture"("id") ON DELETE CASCADE ON UPDATE CASCADE,
--sqlite     "addedAt" DATETIME NOT NULL,
--postgresql     "addedAt" TIMESTAMP(3) NOT NULL,
    PRIMARY KEY ("personId", "pictureId")
);
CREATE INDEX "Favorite_personId_addedAt_idx" ON "Favorite"("personId", "addedAt");
CREATE INDEX "Favorite_pictureId_idx" ON "Favorite"("pictureId");
