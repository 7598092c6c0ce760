using System.Buffers.Binary;
using System.Numerics;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>CRC-32C (Castagnoli) as iSCSI has it: https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4. It finds slips of a disk, not a forger.</summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var one in bytes) crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
