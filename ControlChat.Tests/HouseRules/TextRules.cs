using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ControlChat.Tests.HouseRules;

/// <summary>
/// What people read stands in Texts.resx of its area. Looked for is what the compiled components give to the page: texts between and in
/// elements, attributes that are read out or shown, parameters that hold texts, what is said aloud, and sentences anywhere in them.
/// </summary>
public sealed class TextRules
{
    /// <summary>Literals that are no texts, and why.</summary>
    private static readonly Dictionary<string, string> _allowed = new()
    {
        ["ControlChat.App.Approvals.Cards.AgentAsked: null"] = "JSON's own word",
        ["ControlChat.App.Approvals.Cards.PlanArguments: null"] = "JSON's own word",
        ["ControlChat.App.Layout.MainLayout: Agent"] = "which of the two the dock holds; it has other words for people",
        ["ControlChat.App.Layout.MainLayout: Ask"] = "which of the two the dock holds; it has other words for people",
        ["ControlChat.App.Settings.ModelHelp: openai"] = "a provider's name as the settings write it",
    };

    [Fact]
    public void Texts_of_components_stand_in_resource_files()
    {
        var components = Assemblies.App.GetTypes().Where(t => Outermost(t).IsAssignableTo(typeof(ComponentBase))).ToList();
        // What finds nothing to look at cannot fail.
        Assert.True(components.Count > 200, $"Only {components.Count} types of components were found.");
        var literals = (from type in components
                        from text in PageTexts.Of(type)
                        select $"{Outermost(type).FullName}: {text}").ToList();
        Rule.Holds(literals.Where(l => !_allowed.ContainsKey(l)), "Give it a name in Texts.resx of its folder, or in Ui/CommonTexts.resx, and write @Texts.Name; TextForms.With fills its places.");
        Rule.Holds(_allowed.Keys.Except(literals), "Nothing needs this exception any more: take its line out of TextRules.");
    }

    [Fact]
    public void Literal_texts_are_seen()
    {
        var seen = new[] { typeof(Planted) }.Concat(typeof(Planted).GetNestedTypes(System.Reflection.BindingFlags.NonPublic)).SelectMany(PageTexts.Of).Distinct().Order(StringComparer.Ordinal);
        string[] planted =
        [
            "text by itself", "text in markup", "title in markup", "one of two", "the other", "begin of a sum:", "parameter", "argument of a record", "in a local", "out of a method",
            "out of a lambda", "said aloud", "A sentence in a field.",
        ];
        Assert.Equal(planted.Order(StringComparer.Ordinal), seen);
    }

    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } declaring) type = declaring;
        return type;
    }

    /// <summary>Every way a text can take, and beside each what is none.</summary>
    private sealed class Planted(Announcer announcer, ILogger<Planted> logger) : ComponentBase
    {
        private string _field = "";

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenElement(0, "div");
            builder.AddAttribute(1, "class", "a class");
            builder.AddAttribute(2, "aria-label", logger.IsEnabled(LogLevel.Trace) ? "one of two" : "the other");
            builder.AddContent(3, "text by itself");
            builder.AddContent(4, $"begin of a sum: {Icon("an icon")}");
            builder.AddMarkupContent(5, "<br><b title=\"title in markup\" class=\"a class\">text in markup</b> <code>a.setting</code> <kbd>Enter</kbd> &mdash;");
            builder.OpenElement(6, "code");
            builder.AddContent(7, "a.setting");
            builder.CloseElement();
            builder.OpenComponent<LinkTabs>(8);
            builder.AddComponentParameter(9, nameof(LinkTabs.Label), "parameter");
            builder.AddComponentParameter(10, nameof(LinkTabs.Tabs), new LinkTab[] { new("a-key", "argument of a record", "/an/address") });
            builder.AddComponentParameter(11, "ChildContent", (RenderFragment)(inner => inner.AddContent(12, "out of a lambda")));
            builder.CloseComponent();
            var local = _field.Length > 0 ? _field : "in a local";
            if (local.Length > 3) local = Method();
            builder.AddContent(13, local);
            builder.CloseElement();
        }

        protected override void OnInitialized()
        {
            announcer.Say("said aloud");
            if (_field == "a code") throw new InvalidOperationException("Only developers read this.");
            _field = "A sentence in a field.";
        }

        private static string Method() => "out of a method";

        private static string Icon(string name) => name.ToUpperInvariant();
    }
}
