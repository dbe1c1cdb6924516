// The dashboards and the rules of pglatency as a monitoring mixin: https://monitoring.mixins.dev.
// It wraps the generated files, so that they are the same wherever they come from. docs/dashboards.md shows its use.
{
  _config+:: {
    // Where your Grafana and your copy of docs/runbook.md are.
    grafanaUrl: 'https://grafana.example.com',
    runbookUrl: 'https://runbooks.example.com/pglatency',
    // Beside "pglatency", by which the dashboards link to each other.
    dashboardTags: [],
    dashboardRefresh: '30s',
    // Of the fleet that is meant where nobody names one. Replace it by the groups of your own rendered rules.
    rules: import 'rules.json',
  },

  local config = self._config,
  local example = {
    grafanaUrl: 'https://grafana.example.com',
    runbookUrl: 'https://runbooks.example.com/pglatency',
  },

  local files = {
    'fleet.json': import '../dashboards/fleet.json',
    'region.json': import '../dashboards/region.json',
    'objectives.json': import '../dashboards/objectives.json',
  },

  // The hidden variable that the links to the runbook read.
  local withRunbook(variable) =
    if variable.name != 'runbook' then variable
    else variable {
      query: config.runbookUrl,
      current: { text: config.runbookUrl, value: config.runbookUrl },
    },

  grafanaDashboards+:: {
    [file]: files[file] {
      tags+: config.dashboardTags,
      refresh: config.dashboardRefresh,
      templating+: { list: std.map(withRunbook, files[file].templating.list) },
    }
    for file in std.objectFields(files)
  },

  local groups = config.rules.groups,

  // The rules of each group that are of one kind; a group without any is left out.
  local only(kind) = std.filter(
    function(group) std.length(group.rules) > 0,
    [
      group { rules: std.filter(function(rule) std.objectHas(rule, kind), group.rules) }
      for group in groups
    ],
  ),

  local addressed(rule) = rule {
    annotations+: {
      [name]: std.strReplace(rule.annotations[name], example.grafanaUrl, config.grafanaUrl)
      for name in ['dashboard_url']
      if std.objectHas(rule.annotations, name)
    } + {
      [name]: std.strReplace(rule.annotations[name], example.runbookUrl, config.runbookUrl)
      for name in ['runbook_url']
      if std.objectHas(rule.annotations, name)
    },
  },

  prometheusAlerts+:: {
    groups+: [group { rules: std.map(addressed, group.rules) } for group in only('alert')],
  },

  prometheusRules+:: {
    groups+: only('record'),
  },
}
