using System.Text.Json;

namespace ControlChat.App.Sessions.Streams;

/// <summary>What a client says, read strictly: <c>{"v":1,"t":TYPE,…}</c>, no other field, no field twice, no loose type.</summary>
internal readonly record struct ClientFrame
{
    private const int Version = 1;
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 32 };

    public ClientFrameType Type { get; private init; }

    /// <summary>What is wrong with it, a code and a sentence; the connection stays.</summary>
    public (string Code, string Message)? Fault { get; private init; }

    /// <summary>Not JSON, or of another version: the connection ends.</summary>
    public bool IsBroken { get; private init; }

    /// <summary>Where the text of <c>data</c> is, as it was sent.</summary>
    public (int Start, int Length, bool Escaped) Data { get; private init; }

    public long Columns { get; private init; }
    public long Rows { get; private init; }
    public long N { get; private init; }
    public long After { get; private init; }
    public string? ResumeToken { get; private init; }

    public static ClientFrame Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        var fields = default(Fields);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Broken;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) fields.Take(ref reader);
            // Reads to the end: nothing may follow.
            return reader.Read() || !fields.IsVersion ? Broken : fields.ToFrame();
        }
        catch (JsonException)
        {
            return Broken;
        }
        catch (InvalidOperationException)
        {
            // Half a character: https://www.rfc-editor.org/rfc/rfc8259#section-8.2
            return new ClientFrame { Fault = ("invalid", "A text of the frame is no text.") };
        }
    }

    private static ClientFrame Broken { get; } = new() { IsBroken = true };

    [Flags]
    private enum Field { None = 0, V = 1, T = 2, Data = 4, Cols = 8, Rows = 16, N = 32, ResumeToken = 64, After = 128 }

    private struct Fields
    {
        private Field _seen;
        private bool _version;
        private string? _wrong;
        private ClientFrameType _type;
        private (int, int, bool) _data;
        private long _columns, _rows, _n, _after;
        private string? _token;

        public readonly bool IsVersion => _version;

        public void Take(ref Utf8JsonReader reader)
        {
            var field = NameOf(ref reader);
            if ((_seen & field) != 0) _wrong ??= "A field is there twice.";
            _seen |= field;
            reader.Read();
            switch (field)
            {
                case Field.V: _version = IsOne(ref reader); break;
                case Field.T: _type = TypeOf(ref reader); break;
                case Field.Data: _data = Text(ref reader) ? ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, reader.ValueIsEscaped) : default; break;
                case Field.ResumeToken: _token = reader.TokenType != JsonTokenType.Null && Text(ref reader) ? reader.GetString() : null; break;
                case Field.None: _wrong ??= "There is a field that this frame does not have."; break;
                default: TakeNumber(field, ref reader); break;
            }
            reader.Skip();
        }

        private void TakeNumber(Field field, ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number)) _wrong ??= "A whole number is expected where something else is.";
            else if (field == Field.Cols) _columns = number;
            else if (field == Field.Rows) _rows = number;
            else if (field == Field.N) _n = number;
            else _after = number;
        }

        public readonly ClientFrame ToFrame()
        {
            if (_type == ClientFrameType.Unknown) return new ClientFrame { Fault = ("unknown_type", "There is no frame of this type. There are in, resize, pong, take_control, give_control, object and resume.") };
            var (needed, more) = _type switch
            {
                ClientFrameType.In => (Field.Data, Field.None),
                ClientFrameType.Resize => (Field.Cols | Field.Rows, Field.None),
                ClientFrameType.Pong => (Field.N, Field.None),
                ClientFrameType.Resume => (Field.After, Field.ResumeToken),
                _ => (Field.None, Field.None),
            };
            var wrong = _wrong ?? ((_seen & needed) != needed ? "A field of the frame is missing." : (_seen & ~(needed | more | Field.V | Field.T)) != 0 ? "There is a field that this frame does not have." : null);
            return new ClientFrame { Type = _type, Fault = wrong is null ? null : ("invalid", wrong), Data = _data, Columns = _columns, Rows = _rows, N = _n, After = _after, ResumeToken = _token };
        }

        private static bool IsOne(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var version) && version == Version;

        private bool Text(ref Utf8JsonReader reader)
        {
            if (reader.TokenType == JsonTokenType.String) return true;
            _wrong ??= "A text is expected where something else is.";
            return false;
        }

        private static Field NameOf(ref Utf8JsonReader reader) =>
            reader.ValueTextEquals("v"u8) ? Field.V
            : reader.ValueTextEquals("t"u8) ? Field.T
            : reader.ValueTextEquals("data"u8) ? Field.Data
            : reader.ValueTextEquals("n"u8) ? Field.N
            : reader.ValueTextEquals("cols"u8) ? Field.Cols
            : reader.ValueTextEquals("rows"u8) ? Field.Rows
            : reader.ValueTextEquals("after"u8) ? Field.After
            : reader.ValueTextEquals("resume_token"u8) ? Field.ResumeToken
            : Field.None;

        private static ClientFrameType TypeOf(ref Utf8JsonReader reader) =>
            reader.TokenType != JsonTokenType.String ? ClientFrameType.Unknown
            : reader.ValueTextEquals("in"u8) ? ClientFrameType.In
            : reader.ValueTextEquals("pong"u8) ? ClientFrameType.Pong
            : reader.ValueTextEquals("resize"u8) ? ClientFrameType.Resize
            : reader.ValueTextEquals("resume"u8) ? ClientFrameType.Resume
            : reader.ValueTextEquals("take_control"u8) ? ClientFrameType.TakeControl
            : reader.ValueTextEquals("give_control"u8) ? ClientFrameType.GiveControl
            : reader.ValueTextEquals("object"u8) ? ClientFrameType.Object
            : ClientFrameType.Unknown;
    }
}

internal enum ClientFrameType { Unknown, In, Resize, Pong, TakeControl, GiveControl, Object, Resume }
