// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

int main(void)
{
	printf("phonesecd %s\n", PHONESEC_VERSION);
	return 0;
}
