dnl ASL_APPEND_FLAG(VARIABLE, FLAG)
dnl Append FLAG to VARIABLE if the C compiler takes it without a complaint.
AC_DEFUN([ASL_APPEND_FLAG], [
  AS_VAR_PUSHDEF([asl_cache], [asl_cv_flag_$2])
  AC_CACHE_CHECK([whether $CC takes $2], [asl_cache],
    [asl_flag_CFLAGS=$CFLAGS
     CFLAGS="$CFLAGS -Werror $2"
     AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int asl_flag_test;]])],
       [AS_VAR_SET([asl_cache], [yes])], [AS_VAR_SET([asl_cache], [no])])
     CFLAGS=$asl_flag_CFLAGS])
  AS_VAR_IF([asl_cache], [yes], [$1="$$1 $2"])
  AS_VAR_POPDEF([asl_cache])
])
