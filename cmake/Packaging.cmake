# Units for systemd, and the Debian package: cmake -DCMAKE_INSTALL_PREFIX=/usr, build, cpack -G DEB.
set(DEPLOY ${PROJECT_SOURCE_DIR}/deploy)
set(CPACK_PACKAGE_CONTACT "Rapporteur maintainers <maintainers@rapporteur.invalid>")
foreach(unit rapporteur-sink rapporteur-ingest rapporteur-worker@ rapporteur-remote@ rapporteur-dashboard)
  configure_file(${DEPLOY}/systemd/${unit}.service.in ${PROJECT_BINARY_DIR}/deploy/${unit}.service @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/deploy/${unit}.service DESTINATION lib/systemd/system)
endforeach()
install(FILES ${DEPLOY}/systemd/rapporteur.target DESTINATION lib/systemd/system)
install(FILES ${DEPLOY}/systemd/rapporteur.sysusers DESTINATION lib/sysusers.d RENAME rapporteur.conf)
install(FILES ${DEPLOY}/systemd/rapporteur.tmpfiles DESTINATION lib/tmpfiles.d RENAME rapporteur.conf)
configure_file(${DEPLOY}/debian/changelog.in ${PROJECT_BINARY_DIR}/deploy/changelog @ONLY)

# The papers, and what the house's files for Swarm, Kubernetes, Prometheus and Grafana look like.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/doc/ DESTINATION share/doc/rapporteur-doc COMPONENT doc FILES_MATCHING PATTERN "*.md"
  PATTERN man EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/ARCHITECTURE.md DESTINATION share/doc/rapporteur-doc COMPONENT doc)
install(FILES ${PROJECT_SOURCE_DIR}/docker-compose.yml DESTINATION share/doc/rapporteur-doc/examples COMPONENT doc)
install(DIRECTORY ${DEPLOY}/ DESTINATION share/doc/rapporteur-doc/examples/deploy COMPONENT doc USE_SOURCE_PERMISSIONS
  PATTERN debian EXCLUDE PATTERN systemd EXCLUDE PATTERN keys EXCLUDE PATTERN __pycache__ EXCLUDE)

# One package for each component: rapporteur (what no COMPONENT is said of), -dev (COMPONENT dev), -doc.
set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
get_cmake_property(COMPONENTS COMPONENTS)
set(CPACK_COMPONENTS_ALL main doc)
if(dev IN_LIST COMPONENTS)
  list(APPEND CPACK_COMPONENTS_ALL dev)
endif()
set(CPACK_PACKAGE_NAME rapporteur)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${DEPLOY}/debian/finish.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${DEPLOY}/debian/pack.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# for finish.cmake, which runs on its own; the time is that of the changelog's entry
set(CPACK_RAPPORTEUR_TIME 1772323200)
set(CPACK_RAPPORTEUR_PAPERS ${DEPLOY}/debian/copyright ${PROJECT_BINARY_DIR}/deploy/changelog)

set(CPACK_DEBIAN_MAIN_PACKAGE_NAME rapporteur)
set(CPACK_DEBIAN_MAIN_PACKAGE_SECTION text)
set(CPACK_COMPONENT_MAIN_DESCRIPTION "reads United Nations documents into a database\nResolutions, reports, declarations and decisions go in at one end; at the\nother there is an SQLite database that says who is asked to do what, by\nwhen, and where it stands. What was taken in is never lost.")
set(CPACK_DEBIAN_MAIN_PACKAGE_SHLIBDEPS ON)
#  Its user is made by systemd-sysusers, which need not be that of a whole systemd; PDF needs poppler-utils.
set(CPACK_DEBIAN_MAIN_PACKAGE_DEPENDS
    "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, poppler-utils")
set(CPACK_DEBIAN_MAIN_PACKAGE_SUGGESTS "rapporteur-doc, sqlite3")
set(CPACK_DEBIAN_MAIN_PACKAGE_CONTROL_EXTRA ${DEPLOY}/debian/postinst ${DEPLOY}/debian/prerm ${DEPLOY}/debian/postrm)

set(CPACK_DEBIAN_DEV_PACKAGE_NAME rapporteur-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEV_DESCRIPTION "library for workers of one's own for Rapporteur\nHeaders, a static library, its pkg-config file and an example in C. Such a\nworker classifies paragraphs by a scheme of its own, beside Rapporteur's\nworkers, and what it finds is stored as theirs is.")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libczmq-dev, libmsgpack-dev, libseccomp-dev, libsodium-dev, libutf8proc-dev, libzmq3-dev, nettle-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "pkg-config, rapporteur")

set(CPACK_DEBIAN_DOC_PACKAGE_NAME rapporteur-doc)
set(CPACK_DEBIAN_DOC_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
set(CPACK_COMPONENT_DOC_DESCRIPTION "handbook of Rapporteur\nHow it is operated, what it promises and how it is secured, its database,\nits protocol; examples for containers, Kubernetes, Prometheus and Grafana.")
include(CPack)
