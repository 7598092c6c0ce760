using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components.Rendering;

namespace ControlChat.Tests.HouseRules;

/// <summary>The literal texts that a compiled component gives to its page.</summary>
internal sealed partial class PageTexts
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly HashSet<string> _attributes = ["title", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "placeholder", "alt", "data-unit"];

    /// <summary>Of components, and in lower case of methods and records.</summary>
    private static readonly HashSet<string> _parameters =
        ["Title", "Label", "Text", "Line", "Word", "Words", "Heading", "Hint", "Note", "Shown", "Sentence", "Advice", "Fact", "EmptyTitle", "EmptyText", "FailedText"];

    /// <summary>What stands in these is the same in every language: code, settings, names of files, and keys.</summary>
    private static readonly HashSet<string> _verbatim = ["code", "kbd", "pre", "script", "style"];

    private readonly List<string> _found = [];
    private readonly Stack<string> _elements = new();

    /// <param name="type">A component or a type inside one.</param>
    public static IReadOnlyList<string> Of(Type type) => [.. type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)).SelectMany(Of).Distinct()];

    private static List<string> Of(MethodBase method)
    {
        var (flow, texts) = (LiteralFlow.Of(method), new PageTexts());
        foreach (var call in flow.Calls)
        {
            if (call.To.DeclaringType == typeof(RenderTreeBuilder)) texts.Rendered(call);
            else texts.Passed(call);
        }
        var unseen = flow.Calls.Where(c => IsUnseen(c.To)).SelectMany(c => c.Arguments.SelectMany(a => a)).ToHashSet();
        texts._found.AddRange(flow.All.Where(l => Sentence().IsMatch(l) && !unseen.Contains(l)));
        return texts._found;
    }

    // For developers, for the log, or compared with what somebody else wrote.
    private static bool IsUnseen(MethodBase target) =>
        target.DeclaringType is { } to && (to.IsAssignableTo(typeof(Exception)) || to.Namespace == "Microsoft.Extensions.Logging" || to == typeof(Chord) || (to == typeof(string) && target.Name is "op_Equality" or "op_Inequality" or "Equals"));

    private void Rendered(LiteralCall call)
    {
        switch (call.To.Name)
        {
            case nameof(RenderTreeBuilder.OpenElement):
                _elements.Push(call.Arguments[1].FirstOrDefault() ?? "");
                break;
            case nameof(RenderTreeBuilder.CloseElement):
                _elements.TryPop(out _);
                break;
            case nameof(RenderTreeBuilder.AddMarkupContent):
                foreach (var markup in call.Arguments[1]) Markup(markup);
                break;
            case nameof(RenderTreeBuilder.AddContent):
                foreach (var text in call.Arguments[1]) Show(text);
                break;
            case nameof(RenderTreeBuilder.AddAttribute) when call.Arguments.Count == 3 && call.Arguments[1].Overlaps(_attributes):
            case nameof(RenderTreeBuilder.AddComponentParameter) when call.Arguments[1].Overlaps(_parameters) || call.Arguments[1].Overlaps(_attributes) || call.Arguments[1].Contains("Name"):
                foreach (var text in call.Arguments[2]) Tell(text);
                break;
        }
    }

    private void Markup(string markup)
    {
        foreach (Match part in Parts().Matches(markup))
        {
            if (part.Groups["text"].Success) Show(WebUtility.HtmlDecode(part.Value));
            else if (part.Value.StartsWith("</", StringComparison.Ordinal)) _elements.TryPop(out _);
            else
            {
                foreach (Match attribute in Attributes().Matches(part.Value).Where(a => _attributes.Contains(a.Groups[1].Value))) Tell(WebUtility.HtmlDecode(attribute.Groups[2].Value));
                if (part.Groups["name"].Success && !part.Value.EndsWith("/>", StringComparison.Ordinal) && !Void().IsMatch(part.Groups["name"].Value)) _elements.Push(part.Groups["name"].Value);
            }
        }
    }

    private void Passed(LiteralCall call)
    {
        if (call.To.Module != Assemblies.App.ManifestModule && call.To.Module != typeof(PageTexts).Module) return;
        foreach (var (parameter, texts) in call.To.GetParameters().Zip(call.Arguments))
        {
            if (parameter is { Name: { Length: > 1 } name } && _parameters.Contains(char.ToUpperInvariant(name[0]) + name[1..])) foreach (var text in texts) Tell(text);
        }
    }

    private void Show(string text)
    {
        if (!_elements.Any(_verbatim.Contains)) Tell(text);
    }

    private void Tell(string text)
    {
        if (text.Count(char.IsLetter) > 1 && !Address().IsMatch(text)) _found.Add(text.Trim());
    }

    [GeneratedRegex("""<!--.*?-->|<![^>]*>|</?(?<name>[A-Za-z][\w-]*)(?:"[^"]*"|[^">])*>|(?<text>[^<]+)""", RegexOptions.Singleline)]
    private static partial Regex Parts();

    [GeneratedRegex("([\\w-]+)=\"([^\"]*)\"")]
    private static partial Regex Attributes();

    [GeneratedRegex("^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$")]
    private static partial Regex Void();

    /// <summary>Of a page, or a command.</summary>
    [GeneratedRegex(@"^/\S*$")]
    private static partial Regex Address();

    /// <summary>A capital, and more than one word.</summary>
    [GeneratedRegex(@"^\p{Lu}[\w’'-]*[,:.]? \w")]
    private static partial Regex Sentence();
}
