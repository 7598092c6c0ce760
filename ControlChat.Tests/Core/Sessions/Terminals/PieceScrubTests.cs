using System.Text;
using ControlChat.Core.Sessions.Terminals.Records;
using ControlChat.Core.Telemetry;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Secrets in bytes that are cut anywhere, and of which pieces had to go before the rest had come.</summary>
public sealed class PieceScrubTests
{
    private const string Secret = "hunter2-Very/Secret+1";
    private static readonly string _key = "-----BEGIN" + $" PRIVATE KEY-----\r\n{string.Join("\r\n", Enumerable.Range(0, 3000).Select(i => new string((char)('A' + i % 20), 64)))}\r\n-----END PRIVATE KEY-----";

    public static TheoryData<string, string> Forms => new()
    {
        { "by value", Secret },
        { "in base64", Convert.ToBase64String(Encoding.UTF8.GetBytes("x" + Secret)) },
        { "in base64url", Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)).Replace('+', '-').Replace('/', '_') },
        { "URL-encoded", Uri.EscapeDataString(Secret) },
        { "escaped", Secret.Replace("/", "\\/", StringComparison.Ordinal) },
        { "wrapped", Secret.Insert(8, "\r\n") },
        { "coloured", Secret.Insert(3, "\e[31m").Insert(14, "\e[0;1m") },
        { "moved over", Secret.Insert(10, "\e[2;1H") },
        { "by form", "sk-proj-0123456789abc" },
        { "behind its name", "password=correct-horse" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void No_cut_lets_a_secret_through(string form, string secret)
    {
        var text = $"before it\r\nand {secret} behind\r\nthe end";
        var whole = Through(Pieces(text), _ => false);
        Assert.Equal(1, whole.Split("[removed]").Length - 1);
        Assert.StartsWith("before it\r\nand ", whole, StringComparison.Ordinal);
        Assert.EndsWith(" behind\r\nthe end", whole, StringComparison.Ordinal);
        for (var one = 0; one <= text.Length; one++)
            for (var two = one; two <= text.Length; two += 3) Assert.True(whole == Through(Pieces(text, one, two), _ => false), $"{form}: cut at {one} and {two}");
    }

    [Fact]
    public void Of_a_value_whose_rest_comes_late_hardly_anything_is_written()
    {
        foreach (var form in Forms.Take(7).Select(f => f.Data.Item2))
        {
            var text = $"before it\r\nand {form} behind\r\nthe end";
            for (var one = 1; one < text.Length; one++)
            {
                for (var two = one; two <= text.Length; two += 2)
                {
                    // Each piece has to go before the next one comes.
                    var written = Through(Pieces(text, one, two), _ => true);
                    Assert.Empty(Leaks(written));
                }
            }
        }
    }

    [Fact]
    public void Pieces_come_back_one_for_one_and_the_mark_stands_where_the_secret_began()
    {
        var scrub = New();
        foreach (var piece in (string[])["one ", "x hunter2-Ve", "ry/Sec", "ret+1 on", ""]) scrub.Push(Encoding.Latin1.GetBytes(piece));
        Assert.Equal(["one ", "x [removed]", "", " on", ""], Enumerable.Range(0, 5).Select(_ => Encoding.Latin1.GetString(scrub.Take().Span)));
        scrub.Push("y hunter2-V"u8.ToArray());
        Assert.Equal("y [removed]", Encoding.Latin1.GetString(scrub.Take().Span));
        scrub.Push("ery/Secret+1 z"u8.ToArray());
        Assert.Equal(" z", Encoding.Latin1.GetString(scrub.Take().Span));
        scrub.Push("hunte"u8.ToArray());
        Assert.Equal("hunte", Encoding.Latin1.GetString(scrub.Take().Span));
        scrub.Push("r2-Very/Secret+1 z"u8.ToArray());
        Assert.Equal("[removed] z", Encoding.Latin1.GetString(scrub.Take().Span));
    }

    [Fact]
    public void A_key_of_many_lines_leaves_nothing_however_long_it_is_and_late_it_comes()
    {
        foreach (var late in (bool[])[false, true])
        {
            var random = new Random(7);
            var text = $"first\r\n{_key}\r\nlast";
            var cuts = Enumerable.Range(0, 60).Select(_ => random.Next(40, text.Length)).Order().ToArray();
            Assert.Equal("first\r\n[removed]\r\nlast", Through(Pieces(text, cuts), _ => late));
        }
    }

    [Fact]
    public void Any_cutting_with_any_waiting_leaves_no_eight_characters_of_a_value()
    {
        var random = new Random(20261127);
        var forms = Forms.Take(8).Select(f => f.Data.Item2).ToArray();
        for (var round = 0; round < 1500; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(3) == 0 ? forms[random.Next(forms.Length)] + " " : random.Next(2) == 0 ? "words \e[32mof\e[0m a line\r\n" : new string('.', random.Next(900))));
            var cuts = Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(text.Length + 1)).Order().ToArray();
            var written = Through(Pieces(text, cuts), _ => random.Next(2) == 0);
            Assert.True(!Leaks(written).Any(), $"round {round}: {written}");
        }
    }

    [Fact]
    public void Bytes_of_any_kind_come_out_as_they_went_in()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var bytes = new byte[random.Next(1, 20_000)];
            random.NextBytes(bytes);
            // Chance makes no names of secrets, but may make a query.
            foreach (ref var one in bytes.AsSpan()) if (one is (byte)'?' or (byte)':') one = (byte)'!';
            var (scrub, all) = (New(), new List<byte>());
            foreach (var piece in bytes.Chunk(random.Next(1, 4096))) scrub.Push(piece);
            for (var at = 0; at < bytes.Length; at = all.Count) all.AddRange(scrub.Take().Span);
            Assert.Equal(bytes, all);
        }
    }

    // Stretches of eight characters of the value, plain or in one of the base64 forms; colours do not hide them.
    private static IEnumerable<string> Leaks(string written)
    {
        var bare = written.Replace("\e[31m", "", StringComparison.Ordinal).Replace("\e[0;1m", "", StringComparison.Ordinal).Replace("\r\n", "", StringComparison.Ordinal).Replace("\e[2;1H", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal);
        var folded = bare.Replace('-', '+').Replace('_', '/');
        var forms = new[] { Secret.Replace('-', '+'), Convert.ToBase64String(Encoding.UTF8.GetBytes("x" + Secret)), Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)) };
        // Two characters of base64 tell of what stands before the value too.
        return forms.Select((f, i) => f[(i == 1 ? 2 : 0)..]).SelectMany(f => Enumerable.Range(0, f.Length - 7).Select(i => f.Substring(i, 8))).Where(s => folded.Contains(s, StringComparison.Ordinal) || Uri.UnescapeDataString(folded).Contains(s, StringComparison.Ordinal));
    }

    private static PieceScrub New()
    {
        var redactor = new Redactor();
        redactor.Add(Secret);
        return new PieceScrub(redactor);
    }

    private static IReadOnlyList<string> Pieces(string text, params int[] cuts) => [.. cuts.Prepend(0).Zip(cuts.Append(text.Length), (from, to) => text[from..to])];

    /// <param name="goes">Whether what is there has to go after a piece, decided or not.</param>
    private static string Through(IReadOnlyList<string> pieces, Func<int, bool> goes)
    {
        var (scrub, written, taken) = (New(), new StringBuilder(), 0);
        for (var i = 0; i < pieces.Count; i++)
        {
            scrub.Push(Encoding.Latin1.GetBytes(pieces[i]));
            for (var all = goes(i); taken <= i && (all || scrub.IsDecided); taken++) written.Append(Encoding.Latin1.GetString(scrub.Take().Span));
        }
        for (; taken < pieces.Count; taken++) written.Append(Encoding.Latin1.GetString(scrub.Take().Span));
        return written.ToString();
    }
}
