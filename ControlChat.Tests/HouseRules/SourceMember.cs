using System.Text.RegularExpressions;

namespace ControlChat.Tests.HouseRules;

/// <summary>A member of a type with a body: its length in lines and an estimate of its cyclomatic complexity
/// (1 + if, for, foreach, while, case, catch, &amp;&amp;, ||, ?? and ?:). Local functions and lambdas count to their member.</summary>
internal sealed partial record SourceMember(string Name, int Position, int Lines, int Complexity)
{
    public static IReadOnlyList<SourceMember> Of(SourceText text)
    {
        var found = new List<SourceMember>();
        ReadMembers(text.Code, 0, text.Code.Length, "", found);
        return found;
    }

    private static void ReadMembers(string code, int from, int to, string owner, List<SourceMember> found)
    {
        while (from < to)
        {
            while (from < to && (char.IsWhiteSpace(code[from]) || code[from] == ';')) from++;
            if (from >= to) return;
            var (bodyStart, end) = FindEnd(code, from, to);
            var header = Attributes().Replace(code[from..(bodyStart < 0 ? end : bodyStart)], "");
            if (TypeHeader().Match(HeadOf(header)) is { Success: true } type)
            {
                var name = type.Groups["kind"].Value == "namespace" ? "" : owner + type.Groups["name"].Value + ".";
                if (bodyStart >= 0) ReadMembers(code, bodyStart + 1, end - 1, name, found);
            }
            else if (owner.Length > 0 || !header.StartsWith("using ", StringComparison.Ordinal))
            {
                var body = code[from..end];
                found.Add(new SourceMember(owner + NameOf(header), from, body.Trim().Count(c => c == '\n') + 1, 1 + Branches().Count(body)));
            }
            from = end;
        }
    }

    /// <summary>The end of the member that starts at <paramref name="from"/>, and where its block starts (-1: none).</summary>
    private static (int BodyStart, int End) FindEnd(string code, int from, int to)
    {
        int depth = 0, body = -1;
        var assigned = false;
        for (var i = from; i < to; i++)
        {
            var c = code[i];
            if (depth == 0 && c == ';') return (body, i + 1);
            if (depth == 0 && body < 0 && !assigned)
            {
                assigned = Assigns(code, from, i);
                if (c == '{') body = i;
            }
            depth += Nesting(c);
            // An automatic property with a value goes on to its semicolon.
            if (depth == 0 && c == '}' && body >= 0 && !NextIs('=', code, i + 1, to)) return (body, i + 1);
        }
        return (body, to);
    }

    private static int Nesting(char c) => c switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };

    /// <summary>"=>" and "= value" assign; "operator ==" and the like do not.</summary>
    private static bool Assigns(string code, int from, int at) => code[at] == '=' && !code[from..at].Contains("operator", StringComparison.Ordinal);

    private static bool NextIs(char wanted, string code, int from, int to)
    {
        while (from < to && char.IsWhiteSpace(code[from])) from++;
        return from < to && code[from] == wanted;
    }

    private static string HeadOf(string header) => header.Split('(', '=')[0];

    /// <summary>What stands before the last pair of parentheses at the top (the parameters), or the last word when there is none.</summary>
    private static string NameOf(string header)
    {
        var head = header[..HeaderEnd(header)].TrimEnd();
        if (head.EndsWith(')'))
        {
            var depth = 0;
            var at = head.Length - 1;
            do depth -= Nesting(head[at--]);
            while (depth > 0 && at >= 0);
            head = head[..(at + 1)];
        }
        return MemberName().Match(head) is { Success: true } match ? match.Groups["name"].Value : "?";
    }

    /// <summary>Where constraints, a call of another constructor, an initializer or an expression begin.</summary>
    private static int HeaderEnd(string header)
    {
        var depth = 0;
        for (var i = 0; i < header.Length; i++)
        {
            if (depth == 0 && (header[i] is ':' or '=' || header.AsSpan(i).StartsWith(" where "))) return i;
            depth += Nesting(header[i]);
        }
        return header.TrimEnd(';').Length;
    }

    [GeneratedRegex(@"(\bif\b|\bfor\b|\bforeach\b|\bwhile\b|\bcase\b|\bcatch\b|&&|\|\||\?\?|(?<=\s)\?(?=\s))")]
    private static partial Regex Branches();

    [GeneratedRegex(@"\b(?<kind>class|struct|interface|enum|record|namespace)\s+(struct\s+|class\s+)?(?<name>[A-Za-z_]\w*)")]
    private static partial Regex TypeHeader();

    [GeneratedRegex(@"(?<name>[A-Za-z_]\w*)\s*(<[^<>]*(<[^<>]*>[^<>]*)*>)?\s*$")]
    private static partial Regex MemberName();

    [GeneratedRegex(@"^\s*(\[[^\[\]]*(\[[^\[\]]*\][^\[\]]*)*\]\s*)+")]
    private static partial Regex Attributes();
}
