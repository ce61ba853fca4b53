# cmake -DSOURCE_DIR=... -DOUTPUT=FILE -P embed.cmake: writes the contracts as C++ string literals, each with
# vbs-types.xsd in place of its import, so that GET ?wsdl answers one self-contained document.
set(import "    <xsd:schema>\n      <xsd:import namespace=\"urn:vbs:types:1\" schemaLocation=\"vbs-types.xsd\"/>\n    </xsd:schema>\n")

file(READ ${SOURCE_DIR}/vbs-types.xsd types)
string(FIND "${types}" "<xsd:schema" begin)
string(SUBSTRING "${types}" ${begin} -1 types)

set(code "#include <string_view>\n\nnamespace vbs::soap {\n")
foreach(pair IN ITEMS "vbs;kVbsContract" "vbs-admin;kVbsAdminContract"
                      "volume-delegate;kVolumeDelegateContract" "vmm-delegate;kVmmDelegateContract")
  list(GET pair 0 file)
  list(GET pair 1 name)
  file(READ ${SOURCE_DIR}/${file}.wsdl text)
  string(FIND "${text}" "${import}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "${file}.wsdl does not import vbs-types.xsd in the form that embed.cmake replaces")
  endif()
  string(REPLACE "${import}" "${types}" text "${text}")
  string(APPEND code "\nextern const std::string_view ${name};\nconst std::string_view ${name} = R\"contract(${text})contract\";\n")
endforeach()
string(APPEND code "\n}  // namespace vbs::soap\n")
file(WRITE ${OUTPUT} "${code}")
