# Packs what cpack packed once more, with Debian's own program: cpack writes the umask of who builds into the packages.
foreach(package ${CPACK_PACKAGE_FILES})
  execute_process(COMMAND sh -ec "umask 022; rm -rf '${package}.d'; dpkg-deb -R '${package}' '${package}.d'
    dpkg-deb --root-owner-group -Zxz -b '${package}.d' '${package}' >/dev/null; rm -rf '${package}.d'" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
