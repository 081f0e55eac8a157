# Makes of the installed tree what Debian expects of a package: compressed pages, units below /lib, its own papers.
set(tree ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
file(GLOB_RECURSE pages ${tree}/usr/share/man/*.[1-8] ${tree}/usr/share/doc/rapporteur/changelog)
foreach(page ${pages})
  execute_process(COMMAND gzip -9nf ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(MAKE_DIRECTORY ${tree}/lib)
file(RENAME ${tree}/usr/lib/systemd ${tree}/lib/systemd)
