# Turns a text file into a C string: cmake -DIN=schema.sql -DOUT=schema_sql.c -DNAME=rap_schema_sql -P Embed.cmake
file(READ ${IN} HEX_BYTES HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," BYTES "${HEX_BYTES}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" BYTES "${BYTES}")
file(WRITE ${OUT} "extern const char ${NAME}[];\nconst char ${NAME}[] = {\n${BYTES}0};\n")
