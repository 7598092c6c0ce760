using Xunit;

namespace ControlChat.Tests.HouseRules;

/// <summary>Who may know whom.</summary>
public sealed class LayerRules
{
    private const string CoreRoot = "ControlChat.Core.";

    /// <summary>A room may use rooms of lower layers, and in its own layer none. A new room gets its line here first.</summary>
    private static readonly Dictionary<string, int> _layers = new string[][]
    {
        ["Telemetry", "Files", "Documents", "Processes"],
        ["Hub"],
        ["Bus", "Audit", "Settings", "Accounts"],
        ["Workspaces", "Conversations", "Logs", "Editors", "Sync", "Webhooks", "Usage"],
        ["Gate"],
        ["Sessions"],
        ["Tools", "Handoff"],
        ["Runner", "Mcp"],
    }.SelectMany((rooms, layer) => rooms.Select(room => (room, layer))).ToDictionary(r => r.room, r => r.layer);

    private static readonly string[] _adapters =
        ["Hub.Sqlite", "Hub.Postgres", "Bus.Redis", "Bus.Local", "Runner.OpenAi", "Runner.Offline", "Sessions.Codex", "Sessions.Terminal"];

    /// <summary>Beside the room's <c>…Services</c>: the one type that picks among adapters at run time.</summary>
    private static readonly string[] _factories = ["ControlChat.Core.Runner.ModelClients"];

    [Fact]
    public void Every_room_of_the_core_has_its_layer()
    {
        var unknown = Assemblies.Core.GetTypes().Select(RoomOf).OfType<string>().Distinct().Where(room => !_layers.ContainsKey(room));
        Rule.Holds(unknown, "A room without a layer. Give it a line in LayerRules and in the README's picture of the rooms.");
    }

    [Fact]
    public void A_room_uses_only_rooms_of_lower_layers()
    {
        var breaches = CodeReferences.Core
            .Select(r => (r.Where, From: RoomOf(r.From), To: RoomOf(r.Target), r.Target))
            .Where(r => r.From is not null && r.To is not null && r.From != r.To && _layers.ContainsKey(r.From) && _layers.ContainsKey(r.To))
            .Where(r => _layers[r.To!] >= _layers[r.From!])
            .Select(r => $"{r.From} (layer {_layers[r.From!]}) uses {r.To} (layer {_layers[r.To!]}): {r.Where} -> {r.Target.FullName}");
        Rule.Holds(breaches, "Turn the dependency round: put an interface or a topic at the lower room's door and let the higher room implement or follow it.");
    }

    [Fact]
    public void A_file_of_the_core_names_only_rooms_of_lower_layers()
    {
        var breaches =
            from file in Repository.ProductCSharp
            let own = file.Path.Split('/') is ["ControlChat.Core", var folder, _, ..] ? folder : null
            where own is not null && _layers.ContainsKey(own)
            from room in _layers.Keys
            where room != own && _layers[room] >= _layers[own]
            let at = file.Text.Code.IndexOf(CoreRoot + room, StringComparison.Ordinal)
            where at >= 0 && !IsNameCharacter(file.Text.Code, at + CoreRoot.Length + room.Length)
            select $"{file.At(at)} names {room}";
        Rule.Holds(breaches, "Turn the dependency round, or remove the using that is not needed.");
    }

    [Fact]
    public void The_core_knows_no_web_framework()
    {
        var references = Assemblies.Core.GetReferencedAssemblies().Select(a => a.Name!)
            .Where(name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        Rule.Holds(references, "HTTP, cookies and components belong to ControlChat.App; give the core a plain record instead.");
        Assert.DoesNotContain("Microsoft.AspNetCore.App", Repository.Text("ControlChat.Core/ControlChat.Core.csproj"), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_composition_of_a_room_knows_its_adapters()
    {
        var breaches = CodeReferences.Core.Concat(CodeReferences.App)
            .Where(r => AdapterOf(r.Target) is { } adapter && AdapterOf(r.From) != adapter && !Composes(r.From, adapter))
            .Select(r => $"{r.Where} -> {r.Target.FullName}");
        Rule.Holds(breaches, "Use the room's interface; only its …Services file (or its factory) names an adapter.");
    }

    [Fact]
    public void A_feature_of_the_app_keeps_its_page_state_to_itself()
    {
        var breaches = CodeReferences.App
            .Where(r => FeatureOf(r.Target) is { } owner && FeatureOf(r.From) is { } user && owner != user)
            .Where(r => r.Target.IsClass && r.Target.Name.EndsWith("State", StringComparison.Ordinal))
            .Select(r => $"{r.Where} -> {r.Target.FullName}");
        Rule.Holds(breaches, "Ask the core, or pass what is needed by the URL or a parameter.");
    }

    [Fact]
    public void The_shared_components_know_nothing_of_the_product()
    {
        var breaches = CodeReferences.App
            .Where(r => r.From.Namespace is { } from && In(from, "ControlChat.App.Ui"))
            .Where(r => r.Target.Namespace is { } to && In(to, "ControlChat") && !In(to, "ControlChat.App.Ui"))
            .Select(r => $"{r.Where} -> {r.Target.FullName}");
        Rule.Holds(breaches, "Give the component a parameter; App/Ui is usable without the rest.");
    }

    [Fact]
    public void References_between_rooms_are_seen()
    {
        // Bodies, fields, signatures and base types each leave their trace; without this the rules above could not fail.
        var seen = CodeReferences.Core.Where(r => RoomOf(r.From) == "Gate" && RoomOf(r.Target) == "Hub").Select(r => r.Where).ToList();
        Assert.NotEmpty(seen);
        Assert.Contains(CodeReferences.Core, r => AdapterOf(r.From) == "Hub.Sqlite" && r.Where.EndsWith("(base)", StringComparison.Ordinal) && RoomOf(r.Target) == "Hub");
        Assert.Contains(CodeReferences.App, r => r.Target.Assembly == Assemblies.Core || r.Target == typeof(Microsoft.AspNetCore.Builder.WebApplication));
    }

    internal static string? RoomOf(Type type) =>
        type.Namespace is { } name && name.StartsWith(CoreRoot, StringComparison.Ordinal) ? name[CoreRoot.Length..].Split('.')[0] : null;

    private static string? FeatureOf(Type type) =>
        type.Namespace?.Split('.') is ["ControlChat", "App", var folder, ..] && folder is not ("Ui" or "Live" or "Layout" or "Api" or "Workers") ? folder : null;

    private static string? AdapterOf(Type type) => _adapters.FirstOrDefault(a => type.Namespace is { } name && In(name, CoreRoot + a));

    private static bool Composes(Type type, string adapter) =>
        RoomOf(type) == adapter.Split('.')[0] && (type.Name.EndsWith("Services", StringComparison.Ordinal) || _factories.Contains(type.FullName));

    private static bool In(string name, string root) => name == root || name.StartsWith(root + ".", StringComparison.Ordinal);

    private static bool IsNameCharacter(string code, int at) => at < code.Length && (char.IsLetterOrDigit(code[at]) || code[at] == '_');
}
