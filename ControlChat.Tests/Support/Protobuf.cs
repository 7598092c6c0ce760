using System.Buffers.Binary;
using System.Text;

namespace ControlChat.Tests.Support;

/// <summary>Reads a protobuf message without its schema: fields by number, as they stand on the wire. https://protobuf.dev/programming-guides/encoding/</summary>
internal sealed class Protobuf
{
    private readonly List<(int Number, ulong Value, byte[]? Bytes)> _fields = [];

    public Protobuf(ReadOnlySpan<byte> message)
    {
        while (message.Length > 0)
        {
            var key = Varint(ref message);
            switch ((int)(key & 7))
            {
                case 0:
                    _fields.Add(((int)(key >> 3), Varint(ref message), null));
                    break;
                case 1:
                    _fields.Add(((int)(key >> 3), BinaryPrimitives.ReadUInt64LittleEndian(message), null));
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    _fields.Add(((int)(key >> 3), 0, message[..length].ToArray()));
                    message = message[length..];
                    break;
                case 5:
                    _fields.Add(((int)(key >> 3), BinaryPrimitives.ReadUInt32LittleEndian(message), null));
                    message = message[4..];
                    break;
                default:
                    throw new FormatException($"Wire type {key & 7}.");
            }
        }
    }

    public IEnumerable<Protobuf> Messages(int number) => _fields.Where(f => f.Number == number).Select(f => new Protobuf(f.Bytes!));

    public bool Has(int number) => _fields.Any(f => f.Number == number);

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number));

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number));

    public ulong Number(int number) => _fields.LastOrDefault(f => f.Number == number).Value;

    private byte[] Bytes(int number) => _fields.LastOrDefault(f => f.Number == number).Bytes ?? [];

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }
}
