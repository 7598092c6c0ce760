using System.Text.Json.Nodes;

namespace ControlChat.ScriptedModel;

/// <summary>How one protocol puts an answer into events, and into one body when it is not streamed.</summary>
internal interface IEventForm
{
    IEnumerable<JsonObject> Start();

    IEnumerable<JsonObject> On(Step step);

    IEnumerable<JsonObject> End();

    JsonObject Whole();

    /// <summary>The last line of the stream after its events, or null.</summary>
    string? Last { get; }

    /// <summary>Whether events carry an <c>event:</c> line with their type.</summary>
    bool Named { get; }
}
