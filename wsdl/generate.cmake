# cmake -DWSDL2H=... -DSOAPCPP2=... -DSOURCE_DIR=... -DOUTPUT_DIR=DIR -P generate.cmake: the serialisers of all contracts.
# One wsdl2h run over all of them makes one serialiser file and one set of namespaces. Both tools are talkative: what
# they say is shown only when they fail.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN} failed (${result}):\n${out}")
  endif()
endfunction()

# -P no xsd:anyType base, -x no xsd:any members, -O3 nothing that is not used
run(${WSDL2H} -c++11 -P -x -L -O3 -t ${SOURCE_DIR}/typemap.dat -o ${OUTPUT_DIR}/contracts.h
    ${SOURCE_DIR}/vbs.wsdl ${SOURCE_DIR}/vbs-admin.wsdl ${SOURCE_DIR}/volume-delegate.wsdl
    ${SOURCE_DIR}/vmm-delegate.wsdl)
# -s strict validation (without it missing, repeated and unknown elements pass), -C no server code, -L no link library,
# -x no samples, -w no WSDL
run(${SOAPCPP2} -c++11 -C -L -x -w -s -I/usr/share/gsoap/import -d ${OUTPUT_DIR} ${OUTPUT_DIR}/contracts.h)
