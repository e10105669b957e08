#!/usr/bin/env bash
# release.sh PROGRAM…: builds release programs that need no Swift on the host where they run, and are small
# (docs/decisions/0103-small-programs.md). release.sh --where says in which folder they are.
set -euo pipefail
cd "$(dirname "$0")/.."

release=(-c release --static-swift-stdlib)
[ "${1:-}" != --where ] || exec swift build "${release[@]}" --show-bin-path

# Foundation's Unicode data without what no program uses, as an object file. The linker's --wrap makes every reference to
# the original one to this, so that the original is not even looked for.
made=.build/unicode
resources=$(swiftc -print-target-info -static-stdlib | sed -nE 's/.*"runtimeResourcePath": "(.*)".*/\1/p')
archive=$resources/linux/lib_FoundationICU.a
if [ ! -e $made/symbol ] || [ "$archive" -nt $made/symbol ] || [ scripts/unicode.py -nt $made/symbol ]; then
    mkdir -p $made
    if ! ar p "$archive" icu_packaged_data.cpp.o >$made/whole.o ||
        ! symbol=$(nm --defined-only $made/whole.o | grep -oE 'icudt[0-9]+_dat'); then
        echo "release: '$archive' does not have its Unicode data where Swift 6.3 has it" >&2
        exit 1
    fi
    objcopy --output-target binary --only-section .rodata $made/whole.o $made/whole
    scripts/unicode.py $made/whole $made/small
    as -o $made/small.o - <<ASSEMBLY
        .section .rodata
        .balign 16
        .globl __wrap_$symbol
__wrap_$symbol:
        .incbin "$made/small"
        .section .note.GNU-stack, "", %progbits
ASSEMBLY
    rm $made/whole.o $made/whole $made/small
    echo "$symbol" >$made/symbol
fi

# Exported, the names of all Swift functions would be in the programs, and the functions that nobody calls too.
for flag in "--wrap=$(cat $made/symbol)" "$PWD/$made/small.o" --no-export-dynamic; do
    release+=(-Xlinker "$flag")
done
for program in "$@"; do
    swift build "${release[@]}" --product "$program"
done
