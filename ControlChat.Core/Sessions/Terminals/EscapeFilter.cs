namespace ControlChat.Core.Sessions.Terminals;

/// <summary>
/// What a terminal's program prints without what would act beyond its screen: the clipboard, files, notifications, links to other schemes, and answers whose
/// text the program chooses. All else stays byte for byte, invalid UTF-8 too. The result does not depend on how the output is cut.
/// Sequences go out whole or not at all: a part of one could become another with what follows a removed one.
/// </summary>
/// <remarks>
/// Read as an emulator in UTF-8 does (https://vt100.net/emu/dec_ansi_parser, ECMA-48): C1 controls are U+0080-U+009F, that is C2 80 to C2 9F, and never lone bytes.
/// Removed: every DCS (with it sixel, DECRQSS and XTGETTCAP), SOS, PM and APC; every OSC that <see cref="OscRules"/> does not know; ENQ; CSI 20 t and 21 t
/// (titles as answers), CSI i (printing), CSI … * y (checksums), ESC % @ (the way out of UTF-8); REP, IL, SU and others of more than a screen holds; what is broken off or overlong.
/// </remarks>
public sealed class EscapeFilter
{
    /// <summary>The most that is kept back of a sequence whose end has not come, in bytes. A longer one is dropped to its end.</summary>
    public const int MostHeld = 4096;

    // Of a CSI sequence: parameters and all.
    private const int MostControl = 256;
    private const byte Enq = 0x05;
    private const byte Bel = 0x07;
    private const byte Can = 0x18;
    private const byte Sub = 0x1a;
    private const byte Esc = 0x1b;

    // The first byte of every C1 control in UTF-8.
    private const byte C1Lead = 0xc2;
    private readonly byte[] _held = new byte[MostHeld];
    private int _count;
    private int _body;
    private EscapeState _state;
    private bool _c1;
    private bool _overlong;
    private bool _behindDropped;

    // What the last byte is that went out: a C1 lead without its second byte, or a character of ASCII.
    private bool _lead;
    private bool _letter;

    /// <summary>Filters what comes next.</summary>
    /// <param name="output">At least <paramref name="input"/>'s length and <see cref="MostHeld"/>.</param>
    /// <returns>How many bytes were put there.</returns>
    /// <exception cref="ArgumentException">There is too little room.</exception>
    public int Filter(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (output.Length < input.Length + MostHeld) throw new ArgumentException("There must be room for the input and for what was kept back.", nameof(output));
        var written = 0;
        while (input.Length > 0)
        {
            var plain = Skip(input);
            if (plain > 0)
            {
                if (_state == EscapeState.Ground)
                {
                    input[..plain].CopyTo(output[written..]);
                    written += plain;
                    _letter = ControlRules.IsLetter(input[plain - 1]);
                }
                input = input[plain..];
                continue;
            }
            written += Next(input[0], output[written..]);
            input = input[1..];
        }
        return written;
    }

    // How many bytes from here need no look.
    private int Skip(ReadOnlySpan<byte> input)
    {
        if (_c1 || (_lead && _state == EscapeState.Ground)) return 0;
        var at = _state switch
        {
            EscapeState.Ground => input.IndexOfAny(Esc, Enq, C1Lead),
            EscapeState.Dropped or EscapeState.DroppedCommand => input.IndexOfAny([Esc, Bel, Can, Sub, C1Lead]),
            _ => 0,
        };
        return at < 0 ? input.Length : at;
    }

    private int Next(byte one, Span<byte> output)
    {
        if (_c1) return BehindLead(one, output);
        if (one == C1Lead)
        {
            _c1 = true;
            return 0;
        }
        return _state switch
        {
            EscapeState.Ground => OnGround(one, output),
            EscapeState.Escape => InEscape(one, output),
            EscapeState.Control => InControl(one, output),
            EscapeState.Command => InCommand(one, output),
            EscapeState.CommandEnd => InCommandEnd(one, output),
            _ => InDropped(one),
        };
    }

    private int BehindLead(byte one, Span<byte> output)
    {
        _c1 = false;
        if (one is >= 0x80 and <= 0x9f) return Control(one, output);
        var written = Lone(output);
        return written + Next(one, output[written..]);
    }

    // The lead without its second byte, where it stands.
    private int Lone(Span<byte> output)
    {
        if (_state == EscapeState.Command) Hold(C1Lead);
        if (_state is EscapeState.Command or EscapeState.Dropped or EscapeState.DroppedCommand) return 0;
        // Inside other sequences it ends them, or an emulator passes over it: nobody can tell which.
        Drop(EscapeState.Ground);
        output[0] = C1Lead;
        (_lead, _letter) = (true, false);
        return 1;
    }

    private int Control(byte one, Span<byte> output)
    {
        if (_state is EscapeState.Dropped or EscapeState.DroppedCommand)
        {
            if (one == 0x9c) _state = EscapeState.Ground;
            return 0;
        }
        if (_state == EscapeState.Command && one == 0x9c) return EndCommand([C1Lead, one], output);
        // It breaks off whatever it stands in.
        _count = 0;
        switch (one)
        {
            case 0x9b:
                Begin(EscapeState.Control, C1Lead, one);
                return 0;
            case 0x9d:
                Begin(EscapeState.Command, C1Lead, one);
                return 0;
            case 0x90 or 0x98 or 0x9e or 0x9f:
                _state = EscapeState.Dropped;
                return 0;
            default:
                (_state, _lead, _letter) = (EscapeState.Ground, false, false);
                (output[0], output[1]) = (C1Lead, one);
                return 2;
        }
    }

    private int OnGround(byte one, Span<byte> output)
    {
        if (one == Esc)
        {
            _behindDropped = false;
            Begin(EscapeState.Escape, one);
            return 0;
        }
        if (one == Enq) return 0;
        // With the lead before what was removed it would become a control.
        if (_lead && one is >= 0x80 and <= 0x9f) return 0;
        (_lead, _letter) = (false, ControlRules.IsLetter(one));
        output[0] = one;
        return 1;
    }

    private int InEscape(byte one, Span<byte> output)
    {
        switch (one)
        {
            case Esc:
                Begin(EscapeState.Escape, one);
                return 0;
            case Can or Sub or >= 0x80:
                return Abort(one, output);
            case Enq:
                return 0;
            // Controls are obeyed on the way; what stands between the two bytes belongs to the sequence.
            case < 0x30 or 0x7f:
                Hold(one);
                return 0;
        }
        Hold(one);
        if (IsPlain('[')) Turn(EscapeState.Control);
        else if (IsPlain(']')) Turn(EscapeState.Command);
        else if (IsPlain('P') || IsPlain('X') || IsPlain('^') || IsPlain('_')) Drop(EscapeState.Dropped);
        else if ((IsPlain('\\') && _behindDropped) || _overlong || LeavesUtf8()) Drop(EscapeState.Ground);
        else return Release(output);
        return 0;
    }

    private int InControl(byte one, Span<byte> output)
    {
        switch (one)
        {
            case Esc:
                _behindDropped = false;
                Begin(EscapeState.Escape, one);
                return 0;
            case Can or Sub or >= 0x80:
                return Abort(one, output);
            case Enq:
                return 0;
            case < 0x40 or 0x7f:
                Hold(one);
                return 0;
        }
        Hold(one);
        if (!_overlong && _count <= MostControl && ControlRules.Pass(_held.AsSpan(_body, _count - _body), _letter)) return Release(output);
        Drop(EscapeState.Ground);
        return 0;
    }

    private int InCommand(byte one, Span<byte> output)
    {
        switch (one)
        {
            case Bel:
                return EndCommand([one], output);
            case Esc:
                _state = EscapeState.CommandEnd;
                return 0;
            case Can or Sub:
                return Abort(one, output);
            case Enq:
                return 0;
        }
        Hold(one);
        if (_overlong) Drop(EscapeState.DroppedCommand);
        return 0;
    }

    private int InCommandEnd(byte one, Span<byte> output)
    {
        if (one == '\\') return EndCommand([Esc, one], output);
        // Emulators obey it here, whatever follows; without its own end it does not go out.
        _behindDropped = true;
        Begin(EscapeState.Escape, Esc);
        return InEscape(one, output);
    }

    private int InDropped(byte one)
    {
        if (one == Esc)
        {
            _behindDropped = true;
            Begin(EscapeState.Escape, one);
        }
        else if (one is Can or Sub || (one == Bel && _state == EscapeState.DroppedCommand)) _state = EscapeState.Ground;
        return 0;
    }

    private int EndCommand(ReadOnlySpan<byte> end, Span<byte> output)
    {
        if (_overlong || !OscRules.Pass(_held.AsSpan(_body, _count - _body)))
        {
            Drop(EscapeState.Ground);
            return 0;
        }
        var written = Release(output);
        end.CopyTo(output[written..]);
        return written + end.Length;
    }

    // What was kept back goes; the byte that broke it off is read as text.
    private int Abort(byte one, Span<byte> output)
    {
        Drop(EscapeState.Ground);
        return OnGround(one, output);
    }

    private bool IsPlain(char final) => _held[_count - 1] == final && !_held.AsSpan(1, _count - 2).ContainsAnyInRange((byte)0x20, (byte)0x2f);

    private bool LeavesUtf8() => _held[_count - 1] == '@' && _held.AsSpan(0, _count).Contains((byte)'%');

    private void Begin(EscapeState state, params ReadOnlySpan<byte> first)
    {
        _count = _body = 0;
        _overlong = false;
        foreach (var one in first) Hold(one);
        Turn(state);
    }

    private void Turn(EscapeState state) => (_state, _body) = (state, _count);

    private void Drop(EscapeState state) => (_state, _count) = (state, 0);

    private void Hold(byte one)
    {
        // Room is left for what ends it.
        if (_count < MostHeld - 4) _held[_count++] = one;
        else _overlong = true;
    }

    private int Release(Span<byte> output)
    {
        var written = _count;
        _held.AsSpan(0, written).CopyTo(output);
        _lead = _letter = false;
        Drop(EscapeState.Ground);
        return written;
    }
}
